"""Methods that fuse the results of the two cascade orders, one per file."""
