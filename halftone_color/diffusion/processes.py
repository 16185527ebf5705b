"""The processes that shipped networks are trained on: what training and the methods must agree about.

Jiang and Mu, "Conditional Diffusion Process for Inverse Halftoning" (NeurIPS 2022), section 4.1, for both numbers of
steps T; the flow is ours (training/recipes/flow.py).
"""

from __future__ import annotations

HALFTONING_STEPS = 200
"""T of halftoning."""
DESCREENING_STEPS = 800
"""T of inverse halftoning."""
FLOW_TIMES = 1000
"""The flow's network is told its time in thousandths: this times the time in [0, 1]."""
FLOW_SIGMA = 0.04
"""Standard deviation of the noise at the flow's start, data in [-1, 1]."""
SAMPLED = 20
"""DDIM steps of users and of the validation; meta-halftones of these steps are kept."""
FLOW_SAMPLED = 8
"""Euler steps of users and of the validation."""
