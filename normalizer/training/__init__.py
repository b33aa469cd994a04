"""What fits the parameters in `models/`, from a gazetteer alone."""
