"""Runs the hcolor command as `python -m halftone_color`."""

from halftone_color.cli import main

if __name__ == "__main__":
    main()
