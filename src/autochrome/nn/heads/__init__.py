"""One target space a file."""
