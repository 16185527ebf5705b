"""Figures of merit: pure functions of arrays."""
