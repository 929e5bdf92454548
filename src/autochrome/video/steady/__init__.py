"""Color that does not flicker: one answer for each place of a scene."""
