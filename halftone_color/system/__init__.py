"""What differs between machines, and what a process owes its user: files, memory, precision, progress."""
