"""Labelled cases -> figures, pictures and frozen runs that can be compared."""
