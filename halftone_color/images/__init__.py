"""Reading and writing pictures: formats, orientation, color profiles, bit depth, resolution, names of results."""
