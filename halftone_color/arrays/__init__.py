"""Array operations that several rooms share."""
