"""The work on a film in parts, so that it can go on after whatever has stopped it."""
