"""Style transfer: a picture whose Gram matrices of features are the reference's, by descent (Zheng 2023, 4.2-4.3).

    X = argmin sum over l of ||a_l (F_l(Y(X)) - F_l(T))||^2 + ||b_l (G_l(X) - G_l(S))||^2              (eq. 10)
    G_l = F_l F_l^T / (n_l m_l)

F_l (n_l, m_l) is the output of convolution l of a feature network, n_l channels at m_l positions, scaled as described
in _style_features.py; the squared norms are means. T is the print, S the reference. Y(X) is the luma of X: the content
term concerns tones only and leaves colors to the style. X starts as the average of T and S or, when another method's
result is refined (5.1.1), as that result. The descent runs on a small picture, whose chroma has half its size. Each
step sees the picture cropped at another corner: style does not depend on position, and the strides of the network would
otherwise leave a grid. The Gram matrices of several references are averaged.
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
from halftone_color.colorizers._references import mean_of, require_colors
from halftone_color.colorizers._style_features import maps, scales
from halftone_color.errors import UsageError
from halftone_color.method import Colorizer, Refines
from halftone_color.networks import vgg19
from halftone_color.types import Picture, Progress, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

ENCODER = "color-encoder"
"""Role of the feature network that comes with hcolor."""
SUITED = {
    ENCODER: ((0.0, 30.0, 30.0), (100.0, 200.0, 500.0, 1000.0)),
    "vgg19": ((0.0, 0.0, 0.0, 0.0, 1.0), (500.0, 500.0, 500.0, 500.0, 500.0)),  # 4.4.2
}
"""Default weights a_l and b_l of each feature network."""
STARTS = {"average": 0.5, "print": 0.0, "reference": 1.0}
"""Share of the reference in the picture that the descent starts from."""
OPTIMIZERS = ("adam", "lbfgs")
PATIENCE, GAIN = 30, 0.01
"""The descent stops when within PATIENCE steps the loss has not fallen by the share GAIN."""
GRAY = 1e-3
"""Largest absolute chroma up to which a reference counts as gray."""
REFINED_SIDE = 128
"""Side in px of the picture on which a refinement descends; it is small because the change is smooth."""
PULL = 1e6
"""Weight that keeps a refinement near the chroma it starts from, so that objects keep their colors while the palette
changes."""
SHIFT_PX, SHIFT_SHARES = 16, (0.7549, 0.5698)
"""Side in px of the square over which the crop corners are spread evenly (the product of the strides), and their step
from one iteration to the next, down and to the right, as shares of that side."""
SMOOTHING = 0.1
"""Weight of each new value in the exponentially smoothed loss."""
LBFGS_STEPS = 5
"""Steps of L-BFGS between two checks of the loss."""


@dataclass(frozen=True)
class GramColorizer(Colorizer, Refines):
    """Gradient descent towards the references' Gram matrices on a small picture; its chroma is then upsampled."""

    features: str = "color-encoder"
    """Feature network: color-encoder, which comes with hcolor, or torchvision's VGG-19 file, such as vgg19.pth."""
    content: tuple[float, ...] = ()
    """Weight a_l of each layer's content, first layer first; the default depends on the features."""
    style: tuple[float, ...] = ()
    """Weight b_l of each layer's Gram matrix, first layer first; the default depends on the features."""
    start: str = "average"
    """Starting point of the descent: the average of print and reference, the print, or the reference."""
    optimizer: str = "adam"
    """Optimizer: adam, which is smooth, or lbfgs, which needs fewer steps but is less steady."""
    rate: float = 0.005
    """Step size of Adam, in units of the picture's range [0, 1]."""
    steps: int = 400
    """Largest number of steps."""
    side: int = 192
    """The descent runs on a picture of at most side x side px."""
    keep_luminance: bool = True
    """Keep the luma of the print; no lets the style change it as well."""

    def __post_init__(self) -> None:
        if any(not weight >= 0 for weight in (*self.content, *self.style)):
            raise UsageError("The weights of layers must not be negative, as in style=500,500,0,0.")
        if self.style and not any(self.style):
            raise UsageError("At least one style weight must be positive, as in style=500,500,0,0.")
        if self.start not in STARTS:
            raise UsageError(f"The descent cannot start from {self.start!r}; choose one of {', '.join(STARTS)}.")
        if self.optimizer not in OPTIMIZERS:
            raise UsageError(f"There is no optimizer {self.optimizer!r}; choose one of {', '.join(OPTIMIZERS)}.")
        if not self.rate > 0 or self.steps < 1:
            raise UsageError("rate and steps must be positive; 0.005 and 400 suit most pictures.")
        if not 16 <= self.side <= 1024:
            raise UsageError("side must lie between 16 and 1024 px; 192 is quick, 512 gives finer colors but is slow.")

    cues = ("references",)
    refiner_cues = ("references",)

    @property
    def networks(self) -> tuple[str, ...]:
        """The role of the feature network, or the user's VGG-19 file."""
        return (ENCODER,) if self.features == ENCODER else (f"vgg19={self.features}",)

    @property
    def refiner_networks(self) -> tuple[str, ...]:
        """The same as without refining."""
        return self.networks

    def __call__(self, task: Task, run: Run) -> Picture:
        """Color the picture in the style of the cue's references: (1, H, W) -> (3, H, W).

        Raises:
            InputError: a reference has only one color.
        """
        gray = task.picture
        part = run.parts({"descend": 4.0, "enlarge": 1e-6 * gray.size})
        small = reduce_picture(gray, *size_within(gray, self.side**2)).clip(0, 1)
        change = transfer_style(small, require_colors(task.cue.references), self, part("descend"))
        change[0] -= small[0]
        planes = upsample_chroma(torch.from_numpy(change), gray, part("enlarge").progress)
        if self.keep_luminance:
            return add_chroma(gray, planes[1:])
        return add_chroma(np.clip(gray + planes[:1], 0, 1), planes[1:])

    def refine(self, task: Task, run: Run) -> Picture:
        """Change the chroma towards the style of the cue's references: (3, H, W) -> (3, H, W) of the same luma.

        Raises:
            InputError: a reference has only one color.
        """
        return refine_colors(task.picture, require_colors(task.cue.references), self, run)


def refine_colors(
    rgb: Picture, references: Sequence[Picture], options: GramColorizer, run: Run, pull: float = PULL
) -> Picture:
    """Return sRGB (3, H, W) with the luma of rgb and its chroma changed towards the style of the references (3, h, w).

    The descent runs on at most REFINED_SIDE x REFINED_SIDE px, and its change is upsampled and added to the chroma.
    `pull` is the weight of the mean squared change of the small chroma.
    """
    luma, chroma = rgb_to_ycc(rgb)
    part = run.parts({"descend": 4.0, "enlarge": 1e-6 * luma.size})
    options = replace(options, side=REFINED_SIDE, keep_luminance=True)
    if all(np.abs(rgb_to_ycc(reference)[1]).max() <= GRAY for reference in references):
        return rgb
    start = reduce_picture(np.concatenate([luma, chroma]), *size_within(rgb, options.side**2))
    end = optimize_planes(start[:1], start, references, options, part("descend"), pull)
    before = _resize(_halve(torch.from_numpy(start[None, 1:])), start.shape[1:])[0]
    change = upsample_chroma(torch.from_numpy(end[1:]) - before, luma, part("enlarge").progress)
    return add_chroma(luma, chroma + change)


def transfer_style(gray: Picture, references: Sequence[Picture], options: GramColorizer, run: Run) -> Picture:
    """Return luma and chroma (3, h, w) of a small print (1, h, w) in the style of the references (3, H, W)."""
    share = STARTS[options.start]
    luma, chroma = rgb_to_ycc(mean_of(references, *gray.shape[1:]))
    if not np.abs(chroma).max() > GRAY:
        return np.concatenate([gray, np.zeros_like(chroma)])
    start = gray if options.keep_luminance else (1 - share) * gray + share * luma
    return optimize_planes(gray, np.concatenate([start, share * chroma]), references, options, run)


def optimize_planes(
    gray: Picture,
    start: Picture,
    references: Sequence[Picture],
    options: GramColorizer,
    run: Run,
    pull: float = 0.0,
) -> Picture:
    """Return luma and chroma (3, h, w) after a descent from the luma and chroma of `start`.

    Args:
        gray: the print (1, h, w), whose content is kept.
        start: luma and chroma (3, h, w); luma changes only if the options allow it.
        references: sRGB pictures (3, H, W) of any size, whose style is wanted.
        options: of the descent; they name the feature network.
        run: provides the feature network.
        pull: weight of the mean squared change of chroma.
    """
    objective = _Objective.of(gray, references, options, run)
    start_planes = torch.from_numpy(start[None].copy()).to(run.conditions.device)
    luma, chroma = start_planes[:, :1], _halve(start_planes[:, 1:])
    begun = chroma.clone()

    def loss(step: int) -> Tensor:
        rgb = _crop_corner(ycc_to_rgb(luma, _resize(chroma, gray.shape[1:])).clamp(0, 1), step)
        total = objective.style_term(rgb) + pull * (chroma - begun).square().mean()
        if not options.keep_luminance:  # otherwise the content cannot change
            total = total + objective.content_term(luma)
        return total

    descend(loss, [chroma] if options.keep_luminance else [luma, chroma], options, run.progress)
    return np.asarray(torch.cat([luma, _resize(chroma, gray.shape[1:])], 1)[0].detach().cpu())


@dataclass(frozen=True)
class _Objective:
    """The objective of the descent: eq. 10 for one print and its references."""

    features: Callable[[Tensor, int], list[Tensor]]
    """Maps sRGB (1, 3, h, w) and a number of layers to the scaled feature maps (n, m) of these layers."""
    content: tuple[float, ...]
    """Weights a_l."""
    style: tuple[float, ...]
    """Weights b_l."""
    print_features: Sequence[Tensor]
    """F_l(T)."""
    wanted_grams: Sequence[Tensor]
    """G_l(S)."""

    @classmethod
    def of(cls, gray: Picture, references: Sequence[Picture], options: GramColorizer, run: Run) -> _Objective:
        """Compute the features of a print (1, h, w) and the Gram matrices of its references (3, H, W)."""
        network, device = run.network(options.networks[0]), run.conditions.device
        suited = SUITED["vgg19" if isinstance(network, vgg19.Vgg19Net) else ENCODER]
        content, style = options.content or suited[0], options.style or suited[1]
        factors = scales(network, max(len(content), len(style)), device)

        def features(rgb: Tensor, depth: int) -> list[Tensor]:
            return [factor * map_ for factor, map_ in zip(factors, maps(network, rgb, depth), strict=False)]

        with torch.no_grad():
            small = [reduce_picture(r, *size_within(r, options.side**2)).clip(0, 1) for r in references]
            each = [gram_matrices(features(torch.from_numpy(s)[None].to(device), len(style))) for s in small]
            wanted = [torch.stack(layer).mean(0) for layer in zip(*each, strict=True)]
            kept = features(torch.from_numpy(gray)[None].to(device).expand(-1, 3, -1, -1), len(content))
        return cls(features, content, style, kept, wanted)

    def style_term(self, rgb: Tensor) -> Tensor:
        """Return the second sum of eq. 10 for sRGB (1, 3, h, w)."""
        return style_loss(self.features(rgb, len(self.style)), self.wanted_grams, self.style)

    def content_term(self, luma: Tensor) -> Tensor:
        """Return the first sum of eq. 10 for luma (1, 1, h, w)."""
        found = self.features(luma.expand(-1, 3, -1, -1), len(self.content))
        return content_loss(found, self.print_features, self.content)


def _crop_corner(rgb: Tensor, step: int) -> Tensor:
    """Return (1, 3, h, w) without its first 0 to 15 rows and columns; their number changes with each step."""
    sides = zip(SHIFT_SHARES, rgb.shape[2:], strict=True)
    down, right = (min(int(SHIFT_PX * (share * step % 1)), side // 8) for share, side in sides)
    return rgb[:, :, down:, right:]


def _halve(chroma: Tensor) -> Tensor:
    """Return chroma (1, 2, h, w) at half its size."""
    return F.interpolate(chroma, scale_factor=0.5, mode="area") if min(chroma.shape[2:]) > 1 else chroma.clone()


def _resize(coarse: Tensor, size: Sequence[int]) -> Tensor:
    """Resize chroma (1, 2, ...) bilinearly to (h, w)."""
    return F.interpolate(coarse, tuple(size), mode="bilinear")


def gram_matrices(found: Sequence[Tensor]) -> list[Tensor]:
    """Return the Gram matrices (n, n) of feature maps (n, m), divided by the number of their values."""
    return [map_ @ map_.T / map_.numel() for map_ in found]


def style_loss(found: Sequence[Tensor], wanted: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Return the sum over layers of the mean square of b_l (G_l - wanted_l); layers without a weight do not count."""
    pairs = zip(weights, gram_matrices(found), wanted, strict=False)
    return torch.stack([(weight * (gram - like)).square().mean() for weight, gram, like in pairs]).sum()


def content_loss(found: Sequence[Tensor], wanted: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Return the sum over layers of the mean square of a_l (F_l - wanted_l)."""
    pairs = zip(weights, found, wanted, strict=False)
    return torch.stack([(weight * (map_ - like)).square().mean() for weight, map_, like in pairs]).sum()


def descend(
    loss: Callable[[int], Tensor], free: Sequence[Tensor], options: GramColorizer, progress: Progress | None
) -> int:
    """Minimize the loss in place until it no longer falls, leave the best values, and return the number of steps.

    Args:
        loss: the loss of the current tensors, called with the number of the step, on which it may depend. L-BFGS, which
            compares losses, always passes step 0; the losses of Adam are smoothed before they are compared.
        free: tensors to optimize.
        options: of the descent.
        progress: called with the share done.
    """
    for tensor in free:
        tensor.requires_grad_()
    optimizer, adam = _optimizer(free, options), options.optimizer == "adam"
    best, mark, smooth, marked, step = float("inf"), float("inf"), None, 0, 0
    kept = [tensor.detach().clone() for tensor in free]

    def evaluate() -> Tensor:
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
        optimizer.step(evaluate)  # type: ignore[arg-type]
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
    """Return the optimizer of the free tensors."""
    if options.optimizer == "adam":
        return torch.optim.Adam(free, options.rate)
    return torch.optim.LBFGS(free, max_iter=LBFGS_STEPS, line_search_fn="strong_wolfe")


@torch.no_grad()
def _copy(values: Sequence[Tensor], into: Sequence[Tensor]) -> None:
    """Copy the values of tensors into others."""
    for value, tensor in zip(values, into, strict=True):
        tensor.copy_(value)
