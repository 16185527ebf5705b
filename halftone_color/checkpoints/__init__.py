"""Trained weights: safetensors files and their manifest; find, verify, load, save, import."""
