"""Many files: the worklist, an engine that works through it, what became of every file."""
