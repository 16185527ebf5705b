"""Arithmetic on arrays that several rooms share."""
