"""Color profiles: conversion from an embedded ICC profile to sRGB, and the sRGB profile for written files."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_SPACES = {"RGB": "RGB", "CMYK": "CMYK", "L": "GRAY", "LAB": "Lab"}
_CREATED = slice(24, 36)
"""Bytes of an ICC header that hold the creation date (ICC.1:2010, 7.2)."""


def to_srgb(profile: bytes | None, mode: str) -> Callable[[Image.Image], Image.Image] | None:
    """Return a function that converts a Pillow picture of `mode` (L, RGB, CMYK or LAB) to sRGB in mode RGB.

    The intent is relative colorimetric with black point compensation. The result is None if the profile is sRGB
    already, up to one level of 255 over a grid of colors. A LAB picture needs no profile: it is CIELAB with D50.

    Raises:
        ValueError: the profile is broken, or describes another kind of picture; the message says which.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else ImageCms.createProfile("LAB")
        space = "Lab" if not profile else source.profile.xcolor_space.strip()  # type: ignore[union-attr]
    except Exception as error:
        raise ValueError("it is broken") from error
    if space != _SPACES[mode]:
        raise ValueError(f"it describes {space} and not {_SPACES[mode]}")
    try:
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except Exception as error:
        raise ValueError("it is broken") from error

    def convert(picture: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(picture, transform)
        assert converted is not None
        return converted

    if mode in ("RGB", "L") and _changes_nothing(convert, mode):
        return None
    return convert


def gray_curve(profile: bytes) -> NDArray[np.float32] | None:
    """Return the sRGB-coded gray in [0, 1] for each of the 256 levels of a gray profile, or None if nothing changes.

    Raises:
        ValueError: as `to_srgb`.
    """
    convert = to_srgb(profile, "L")
    if convert is None:
        return None
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    curve: NDArray[np.float32] = np.asarray(convert(ramp), np.float32).mean(2)[0] / np.float32(255)
    return curve


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """Return an sRGB ICC profile with a fixed creation date, so that its bytes are always the same."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_CREATED] = b"".join(value.to_bytes(2, "big") for value in (2000, 1, 1, 0, 0, 0))
    return bytes(profile)


def _changes_nothing(convert: Callable[[Image.Image], Image.Image], mode: str) -> bool:
    if mode == "L":
        grid = np.arange(256, dtype=np.uint8)[None]
    else:
        levels = np.linspace(0, 255, 9).astype(np.uint8)
        grid = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)
    converted = np.asarray(convert(Image.fromarray(grid)), np.int16)
    return bool(np.abs(converted - (grid if mode == "RGB" else grid[..., None])).max() <= 1)
