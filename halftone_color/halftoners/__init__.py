"""Contone to halftone, one method per file."""
