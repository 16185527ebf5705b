"""Diffusion processes: noise schedules and samplers, for any network that predicts noise or velocity."""
