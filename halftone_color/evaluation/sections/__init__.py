"""Sections of `hcolor bench`, one table or a few per file."""
