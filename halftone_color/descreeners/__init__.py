"""Halftone to contone, one method per file."""
