"""Services that depend on the machine: devices, memory, safe writing of files; and progress."""
