"""Films as they are read and written: containers, streams, packets."""
