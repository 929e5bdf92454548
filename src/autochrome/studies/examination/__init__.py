"""A close look at one model: how it is best decoded, what it does to skin, where it fails."""
