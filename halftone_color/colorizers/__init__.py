"""Gray to color, one method per file."""
