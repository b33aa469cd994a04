"""Which entity is meant, how probable is that, and why? Pure: no IO, no clock."""
