"""What a colorization network has learned of what photographs show."""
