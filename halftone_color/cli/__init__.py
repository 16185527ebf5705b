"""The hcolor command: parse, call, exit code; one file per command."""
