"""Recipes, one per network."""
