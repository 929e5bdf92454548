"""One backbone a file, named by its paper."""
