"""Make tests/diffusion/golden.npz: what the library diffusers computes for the processes of halftone_color/diffusion.

Run once, in an environment that has diffusers (0.42.1 was used) beside torch: python tools/make_diffusion_golden.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

STEPS = 40
SHAPE = (1, 1, 4, 5)


def toy_noise(state: torch.Tensor, step: int) -> torch.Tensor:
    """Stand in for a network: a smooth function of state and step (1 ... T); the tests have the same."""
    return torch.sin(1.7 * state + 0.05 * step) * 0.8


def main() -> None:
    """Write the golden numbers."""
    rng = np.random.default_rng(2022)

    def draw() -> torch.Tensor:
        return torch.from_numpy(rng.standard_normal(SHAPE))

    ends = {"beta_start": 0.1 / STEPS, "beta_end": 20 / STEPS, "beta_schedule": "linear", "num_train_timesteps": STEPS}
    made: dict[str, Any] = {}
    ddpm: Any = DDPMScheduler(**ends, clip_sample=False, variance_type="fixed_small")
    clean, noise = draw(), draw()
    for step in (1, 17, STEPS):
        made[f"noisy_{step}"] = ddpm.add_noise(clean, noise, torch.tensor([step - 1]))
        made[f"variance_{step}"] = ddpm._get_variance(step - 1) if step > 1 else torch.zeros(())
    state = start = draw()
    added = {step: draw() for step in range(2, STEPS + 1)}
    for step in range(STEPS, 0, -1):
        mean = _mean(ddpm, state, step)
        state = mean + (ddpm._get_variance(step - 1) ** 0.5 * added[step] if step > 1 else 0)
    made |= {"clean": clean, "noise": noise, "start": start, "ancestral": state}
    made["added"] = torch.stack([added[step] for step in range(2, STEPS + 1)])
    ddim: Any = DDIMScheduler(**ends, clip_sample=True, timestep_spacing="trailing", set_alpha_to_one=True)
    for count in (4, 8, 20, 40):
        ddim.set_timesteps(count)
        state = start
        for index in ddim.timesteps:
            state = ddim.step(
                toy_noise(state, int(index) + 1), int(index), state, eta=0.0, use_clipped_model_output=True
            ).prev_sample
        made[f"ddim_{count}"] = state
    np.savez_compressed(
        Path(__file__).parents[1] / "tests/diffusion/golden.npz",
        allow_pickle=False,
        **{name: np.asarray(x) for name, x in made.items()},
    )


def _mean(ddpm: Any, state: torch.Tensor, step: int) -> Any:
    """Return the mean of the scheduler's step, by its own formula with the noise taken out (seed 0 given above)."""
    generator = torch.Generator().manual_seed(0)
    moved = ddpm.step(toy_noise(state, step), step - 1, state, generator=generator).prev_sample
    if step == 1:
        return moved
    drawn = torch.randn(SHAPE, generator=torch.Generator().manual_seed(0), dtype=state.dtype)
    return moved - ddpm._get_variance(step - 1) ** 0.5 * drawn


if __name__ == "__main__":
    main()
