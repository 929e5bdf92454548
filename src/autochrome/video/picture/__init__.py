"""The pixels of a film: its luma, which stays, and the chroma beside it."""
