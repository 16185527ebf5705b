"""The tables and contact sheets of weights/README.md, made by one command."""
