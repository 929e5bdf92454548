"""Autochrome: automatic photo colorization."""
