"""Color profiles: conversion from an embedded ICC profile to sRGB, and the sRGB profile for written files."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from halftone_color.arrays.light import linear_to_srgb, srgb_to_linear

_SPACES = {"RGB": "RGB", "CMYK": "CMYK", "L": "GRAY", "LAB": "Lab"}
_CREATED = slice(24, 36)
"""Bytes of an ICC header that hold the creation date (ICC.1:2010, 7.2)."""
_CURVE_TOLERANCE = 1.5 / 255
"""Difference up to which a gray curve of 256 values, between which is interpolated, is good enough."""
_D50_WHITE = np.array([0.96422, 1.0, 0.82521])
_XYZ_TO_SRGB = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)
_D50 = struct.pack(">3i", 63190, 65536, 54061)


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
    """Return the sRGB-coded gray in [0, 1] for evenly spaced levels of a gray profile, or None if nothing changes.

    There are 256 levels, or 65,536 where the curve is so steep that those, or LittleCMS's precalculated tables, miss it
    (the shadows of linear light).

    Raises:
        ValueError: as `to_srgb`.
    """
    convert = to_srgb(profile, "L")
    if convert is None:
        return None
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    curve: NDArray[np.float32] = np.asarray(convert(ramp), np.float32).mean(2)[0] / np.float32(255)
    exact = _exact_gray_curve(profile)
    interpolated = np.interp(np.linspace(0, 1, len(exact)), np.linspace(0, 1, len(curve)), curve)
    return curve if np.abs(interpolated - exact).max() <= _CURVE_TOLERANCE else exact


def lab_to_srgb(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return CIELAB (3, ...) relative to D50 as sRGB in [0, 1]; what sRGB cannot show is clipped.

    CIE 15:2004, 8.2.1; the matrix adapts to D65 by Bradford (Lindbloom's tables).
    """
    y = (lab[0] + 16) / 116
    roots = np.stack((y + lab[1] / 500, y, y - lab[2] / 200))
    xyz = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * (3 * (6 / 29) ** 2))
    light = np.tensordot(_XYZ_TO_SRGB, xyz * _D50_WHITE.reshape(3, *[1] * (lab.ndim - 1)), 1)
    return np.asarray(linear_to_srgb(light.clip(0, 1)))


def _exact_gray_curve(profile: bytes) -> NDArray[np.float32]:
    """Return the sRGB-coded gray for each of 65,536 levels, computed without precalculated tables.

    Raises:
        ValueError: the profile is broken.
    """
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.ImageCmsProfile(io.BytesIO(_gray_srgb_profile())),
            "I;16",
            "I;16",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.NOOPTIMIZE,
        )
        coded = ImageCms.applyTransform(Image.fromarray(np.arange(65536, dtype=np.uint16)[None]), transform)
    except Exception as error:
        raise ValueError("it is broken") from error
    curve: NDArray[np.float32] = np.asarray(coded, np.float32)[0] / np.float32(65535)
    return curve


@lru_cache(maxsize=1)
def _gray_srgb_profile() -> bytes:
    """Return a gray ICC profile with sRGB's tone curve as 4,096 values (ICC.1:2001-04, 6.3.1.1 and 6.5.3)."""
    coded = np.linspace(0, 1, 4096)
    values = np.rint(srgb_to_linear(coded) * 65535).astype(">u2").tobytes()
    tags = (
        (b"wtpt", b"XYZ \0\0\0\0" + _D50),
        (b"kTRC", b"curv\0\0\0\0" + struct.pack(">I", 4096) + values),
        (b"desc", b"desc\0\0\0\0" + struct.pack(">I", 2) + b"g\0" + bytes(78)),
    )
    table, content = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags:
        table += name + struct.pack(">II", start + len(content), len(value))
        content += value
    header = struct.pack(">I4sI4s4s4s", start + len(content), b"lcms", 0x02100000, b"mntr", b"GRAY", b"XYZ ")
    header += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _D50
    return header.ljust(128, b"\0") + table + content


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
