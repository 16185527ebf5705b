"""The two cascade orders to one picture."""
