"""Gray to colour, one method per file."""
