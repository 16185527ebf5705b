"""hcolor."""
