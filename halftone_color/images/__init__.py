"""Files to arrays and back: formats, orientation, ICC, depth, dpi, atomic writing."""
