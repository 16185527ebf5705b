"""Degradations, photographs, losses, loop; one recipe per network."""
