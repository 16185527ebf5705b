"""Style transfer: a picture whose Gram matrices of features are the reference's, by descent (Zheng 2023, 4.2-4.3).

    X = argmin sum over l of ||a_l (F_l(Y(X)) - F_l(T))||^2 + ||b_l (G_l(X) - G_l(S))||^2              (eq. 10)
    G_l = F_l F_l^T / (n_l m_l)

F_l (n_l, m_l) holds what convolution l of a feature network gives, n_l channels at m_l places, scaled as
_style_features.py says; the squares are means. T is the print, S the reference. Y(X) is the luma of X: content speaks
of tones and leaves colors to the style. X starts as the average of T and S or, to refine another method's result
(5.1.1), as that. The descent runs on a small picture, its chroma at half the size of that, and looks at it from another
corner in each step, since a style has no places and the strides of the network would leave a grid. Several references
average their Gram matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays.color import add_chroma, rgb_to_ycc, ycc_to_rgb
from halftone_color.arrays.resampling import reduce_picture, size_within, upsample_chroma
from halftone_color.colorizers._references import checked, mean_of
from halftone_color.colorizers._style_features import maps, scales
from halftone_color.errors import UsageError
from halftone_color.method import Colorizer, Refines
from halftone_color.networks import vgg19
from halftone_color.types import Picture, Progress, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

ENCODER = "color-encoder"
"""Role of the feature network that ships."""
SUITED = {
    ENCODER: ((0.0, 30.0, 30.0), (100.0, 200.0, 500.0, 1000.0)),
    "vgg19": ((0.0, 0.0, 0.0, 0.0, 1.0), (500.0, 500.0, 500.0, 500.0, 500.0)),  # 4.4.2
}
"""Weights a_l and b_l by the feature network."""
STARTS = {"average": 0.5, "print": 0.0, "reference": 1.0}
"""Share of the reference in the picture that the descent starts from."""
OPTIMIZERS = ("adam", "lbfgs")
PATIENCE, GAIN = 30, 0.01
"""The descent stops when the loss has not fallen by this share within so many steps."""
GRAY = 1e-3
"""Chroma up to which a reference has no colors to give."""
REFINED_SIDE = 128
"""Side that the descent of a refinement takes, since the change is smooth."""
PULL = 1e6
"""Of a refinement: towards the chroma that it starts from, so that colors stay on their things, while the palette
changes."""
SHIFT_PX, SHIFT_SHARES = 16, (0.7549, 0.5698)
"""Side of the square that corners fill evenly, px, the product of the strides; how they move on, in shares of it."""
SMOOTHING = 0.1
"""Weight of each value in the smoothed loss."""
LBFGS_STEPS = 5
"""Steps that L-BFGS makes between two looks at the loss."""


@dataclass(frozen=True)
class GramColorizer(Colorizer, Refines):
    """The picture, on a small grid, that descent brings to the references' Gram matrices; chroma then at full size."""

    features: str = "color-encoder"
    """Feature network: color-encoder, which ships, or the file of torchvision's VGG-19, such as vgg19.pth."""
    content: tuple[float, ...] = ()
    """Weight a_l of each layer's content, first layer first; by default what suits the features."""
    style: tuple[float, ...] = ()
    """Weight b_l of each layer's Gram matrix, first layer first; by default what suits the features."""
    start: str = "average"
    """What the descent starts from: the average of print and reference, the print, or the reference."""
    optimizer: str = "adam"
    """How it descends: adam, smoothly, or lbfgs, in fewer steps but by fits and starts."""
    rate: float = 0.005
    """Step size of Adam, in units of the picture's range."""
    steps: int = 400
    """Steps at most."""
    side: int = 192
    """The descent runs on a picture of at most side x side px."""
    keep_luminance: bool = True
    """Keep the luma of the print; no lets the style change it as well."""

    def __post_init__(self) -> None:
        if any(not weight >= 0 for weight in (*self.content, *self.style)):
            raise UsageError("The weights of layers must not be negative, as in style=500,500,0,0.")
        if self.style and not any(self.style):
            raise UsageError("A style of zeros has no colors to give; give a layer weight, as in style=500,500,0,0.")
        if self.start not in STARTS:
            raise UsageError(f"The descent cannot start from {self.start!r}; choose one of {', '.join(STARTS)}.")
        if self.optimizer not in OPTIMIZERS:
            raise UsageError(f"There is no optimizer {self.optimizer!r}; choose one of {', '.join(OPTIMIZERS)}.")
        if not self.rate > 0 or self.steps < 1:
            raise UsageError("rate and steps must be positive; 0.005 and 400 suit most pictures.")
        if not 16 <= self.side <= 1024:
            raise UsageError("side must lie between 16 and 1024 px; 192 is quick, 512 is fine and slow.")

    cues = ("references",)
    refiner_cues = ("references",)

    @property
    def networks(self) -> tuple[str, ...]:
        """The feature network's role, or the user's own file."""
        return (ENCODER,) if self.features == ENCODER else (f"vgg19={self.features}",)

    @property
    def refiner_networks(self) -> tuple[str, ...]:
        """The same."""
        return self.networks

    def __call__(self, task: Task, run: Run) -> Picture:
        """(1, H, W) -> (3, H, W) in the style of the cue's references.

        Raises:
            InputError: a reference shows one color only.
        """
        gray = task.picture
        part = run.parts({"descend": 4.0, "enlarge": 1e-6 * gray.size})
        small = reduce_picture(gray, *size_within(gray, self.side**2)).clip(0, 1)
        change = transferred(small, checked(task.cue.references), self, part("descend"))
        change[0] -= small[0]
        planes = upsample_chroma(torch.from_numpy(change), gray, part("enlarge").progress)
        if self.keep_luminance:
            return add_chroma(gray, planes[1:])
        return add_chroma(np.clip(gray + planes[:1], 0, 1), planes[1:])

    def refine(self, task: Task, run: Run) -> Picture:
        """(3, H, W) -> (3, H, W) of the same luma, its chroma changed towards the style of the cue's references.

        Raises:
            InputError: a reference shows one color only.
        """
        return refined(task.picture, checked(task.cue.references), self, run)


def refined(
    rgb: Picture, references: Sequence[Picture], options: GramColorizer, run: Run, pull: float = PULL
) -> Picture:
    """Return (3, H, W) sRGB of rgb's luma and its chroma, changed towards the style of the references (3, h, w).

    What the descent, on at most REFINED_SIDE x REFINED_SIDE px, changes is added to the chroma at full size; `pull` is
    the weight of the mean square by which the small chroma leaves what it was.
    """
    luma, chroma = rgb_to_ycc(rgb)
    part = run.parts({"descend": 4.0, "enlarge": 1e-6 * luma.size})
    options = replace(options, side=REFINED_SIDE, keep_luminance=True)
    if all(np.abs(rgb_to_ycc(reference)[1]).max() <= GRAY for reference in references):
        return rgb
    start = reduce_picture(np.concatenate([luma, chroma]), *size_within(rgb, options.side**2))
    end = descended(start[:1], start, references, options, part("descend"), pull)
    before = _fine(_coarse(torch.from_numpy(start[None, 1:])), start.shape[1:])[0]
    change = upsample_chroma(torch.from_numpy(end[1:]) - before, luma, part("enlarge").progress)
    return add_chroma(luma, chroma + change)


def transferred(gray: Picture, references: Sequence[Picture], options: GramColorizer, run: Run) -> Picture:
    """Return luma and chroma (3, h, w) of a small print (1, h, w) in the style of the references (3, H, W)."""
    share = STARTS[options.start]
    luma, chroma = rgb_to_ycc(mean_of(references, *gray.shape[1:]))
    if not np.abs(chroma).max() > GRAY:
        return np.concatenate([gray, np.zeros_like(chroma)])
    start = gray if options.keep_luminance else (1 - share) * gray + share * luma
    return descended(gray, np.concatenate([start, share * chroma]), references, options, run)


def descended(
    gray: Picture,
    start: Picture,
    references: Sequence[Picture],
    options: GramColorizer,
    run: Run,
    pull: float = 0.0,
) -> Picture:
    """Return luma and chroma (3, h, w) that a descent from `start`, the same of some picture, ends at.

    Args:
        gray: (1, h, w), the print, whose content is kept.
        start: (3, h, w), luma, which only changes where the options say so, and chroma.
        references: (3, H, W) sRGB of any size, whose style is wanted.
        options: of the descent; they name the feature network.
        run: has it.
        pull: weight of the mean square by which chroma leaves that of the start.
    """
    objective = _Objective.of(gray, references, options, run)
    start_planes = torch.from_numpy(start[None].copy()).to(run.conditions.device)
    luma, chroma = start_planes[:, :1], _coarse(start_planes[:, 1:])
    begun = chroma.clone()

    def loss(step: int) -> Tensor:
        rgb = _shifted(ycc_to_rgb(luma, _fine(chroma, gray.shape[1:])).clamp(0, 1), step)
        total = objective.of_style(rgb) + pull * (chroma - begun).square().mean()
        if not options.keep_luminance:  # else the content is there already
            total = total + objective.of_content(luma)
        return total

    descend(loss, [chroma] if options.keep_luminance else [luma, chroma], options, run.progress)
    return np.asarray(torch.cat([luma, _fine(chroma, gray.shape[1:])], 1)[0].detach().cpu())


@dataclass(frozen=True)
class _Objective:
    """What the descent makes small: eq. 10 for one print and its references."""

    seen: Callable[[Tensor, int], list[Tensor]]
    """Of sRGB (1, 3, h, w), the feature maps (n, m) of so many layers, scaled."""
    content: tuple[float, ...]
    """a_l."""
    style: tuple[float, ...]
    """b_l."""
    kept: Sequence[Tensor]
    """F_l(T)."""
    wanted: Sequence[Tensor]
    """G_l(S)."""

    @classmethod
    def of(cls, gray: Picture, references: Sequence[Picture], options: GramColorizer, run: Run) -> _Objective:
        """Look at a print (1, h, w) and at its references (3, H, W)."""
        network, device = run.network(options.networks[0]), run.conditions.device
        suited = SUITED["vgg19" if isinstance(network, vgg19.Vgg19Net) else ENCODER]
        content, style = options.content or suited[0], options.style or suited[1]
        factors = scales(network, max(len(content), len(style)), device)

        def seen(rgb: Tensor, depth: int) -> list[Tensor]:
            return [factor * map_ for factor, map_ in zip(factors, maps(network, rgb, depth), strict=False)]

        with torch.no_grad():
            small = [reduce_picture(r, *size_within(r, options.side**2)).clip(0, 1) for r in references]
            each = [grams(seen(torch.from_numpy(s)[None].to(device), len(style))) for s in small]
            wanted = [torch.stack(layer).mean(0) for layer in zip(*each, strict=True)]
            kept = seen(torch.from_numpy(gray)[None].to(device).expand(-1, 3, -1, -1), len(content))
        return cls(seen, content, style, kept, wanted)

    def of_style(self, rgb: Tensor) -> Tensor:
        """Return the second sum for sRGB (1, 3, h, w)."""
        return style_loss(self.seen(rgb, len(self.style)), self.wanted, self.style)

    def of_content(self, luma: Tensor) -> Tensor:
        """Return the first sum for luma (1, 1, h, w)."""
        return content_loss(self.seen(luma.expand(-1, 3, -1, -1), len(self.content)), self.kept, self.content)


def _shifted(rgb: Tensor, step: int) -> Tensor:
    """Return (1, 3, h, w) less up to 15 rows and columns, others in each step."""
    sides = zip(SHIFT_SHARES, rgb.shape[2:], strict=True)
    down, right = (min(int(SHIFT_PX * (share * step % 1)), side // 8) for share, side in sides)
    return rgb[:, :, down:, right:]


def _coarse(chroma: Tensor) -> Tensor:
    """Return chroma (1, 2, h, w) at half its size."""
    return F.interpolate(chroma, scale_factor=0.5, mode="area") if min(chroma.shape[2:]) > 1 else chroma.clone()


def _fine(coarse: Tensor, size: Sequence[int]) -> Tensor:
    """Return coarse chroma (1, 2, ...) at its size (h, w)."""
    return F.interpolate(coarse, tuple(size), mode="bilinear")


def grams(found: Sequence[Tensor]) -> list[Tensor]:
    """Return the Gram matrices (n, n) of feature maps (n, m), over the number of their values."""
    return [map_ @ map_.T / map_.numel() for map_ in found]


def style_loss(found: Sequence[Tensor], wanted: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Return the sum over layers of the mean square of b_l (G_l - wanted_l); layers without a weight count nothing."""
    pairs = zip(weights, grams(found), wanted, strict=False)
    return torch.stack([(weight * (gram - like)).square().mean() for weight, gram, like in pairs]).sum()


def content_loss(found: Sequence[Tensor], wanted: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Return the sum over layers of the mean square of a_l (F_l - wanted_l)."""
    pairs = zip(weights, found, wanted, strict=False)
    return torch.stack([(weight * (map_ - like)).square().mean() for weight, map_, like in pairs]).sum()


def descend(
    loss: Callable[[int], Tensor], free: Sequence[Tensor], options: GramColorizer, progress: Progress | None
) -> int:
    """Change the free tensors until the loss no longer falls, keep the best of them, and return the steps taken.

    Args:
        loss: of the free tensors as they are; called with the number of the step, which may change how it looks at
            them. L-BFGS, which compares values, always asks for that of step 0; those that Adam asks for are smoothed.
        free: tensors to change.
        options: of the descent.
        progress: called with the share done.
    """
    for tensor in free:
        tensor.requires_grad_()
    optimizer, adam = _optimizer(free, options), options.optimizer == "adam"
    best, mark, smooth, marked, step = float("inf"), float("inf"), None, 0, 0
    kept = [tensor.detach().clone() for tensor in free]

    def measured() -> Tensor:
        nonlocal best, smooth
        optimizer.zero_grad()
        value = loss(step if adam else 0)
        smooth = smooth + SMOOTHING * (value.item() - smooth) if adam and smooth is not None else value.item()
        if smooth < best:
            best = smooth
            _copy(free, kept)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    while step < options.steps and best > 0:
        optimizer.step(measured)  # type: ignore[arg-type]
        step += 1 if adam else LBFGS_STEPS
        if best < (1 - GAIN) * mark:
            mark, marked = best, step
        elif step - marked >= PATIENCE:
            break
        if progress:
            progress(step / options.steps)
    _copy(kept, free)
    if progress:
        progress(1.0)
    return step


def _optimizer(free: Sequence[Tensor], options: GramColorizer) -> torch.optim.Optimizer:
    """Return what changes the free tensors."""
    if options.optimizer == "adam":
        return torch.optim.Adam(free, options.rate)
    return torch.optim.LBFGS(free, max_iter=LBFGS_STEPS, line_search_fn="strong_wolfe")


@torch.no_grad()
def _copy(values: Sequence[Tensor], into: Sequence[Tensor]) -> None:
    """Write the values of tensors into others."""
    for value, tensor in zip(values, into, strict=True):
        tensor.copy_(value)
