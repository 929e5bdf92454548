"""What a person asks of the color of a scene."""
