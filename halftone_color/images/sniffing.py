"""Recognize picture formats by the content of a file, from an allow-list, or else by its name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from halftone_color.system.atomic import UNFINISHED_PREFIX

HAS_AVIF = find_spec("PIL._avif") is not None
"""Whether the installed Pillow reads AVIF."""
SUFFIXES = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".jp2": "JPEG 2000",
    ".jpx": "JPEG 2000",
    ".jpf": "JPEG 2000",
    ".j2k": "JPEG 2000",
    ".j2c": "JPEG 2000",
    ".jpc": "JPEG 2000",
    ".webp": "WebP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".gif": "GIF",
    **({".avif": "AVIF"} if HAS_AVIF else {}),
}
"""Suffixes of the formats that can be read."""

HEAD_BYTES = 32
"""Number of bytes at the beginning of a file by which its format is recognized."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)
_BMP_HEADER_BYTES = {12, 16, 40, 52, 56, 64, 108, 124}
_UNSUPPORTED = (
    (b"8BPS", "Photoshop"),
    (b"AT&TFORM", "DjVu"),
    (b"P4\n", "PBM"),
    (b"P5\n", "PGM"),
    (b"P6\n", "PPM"),
)


def format_of(head: bytes) -> str | None:
    """Return the format recognized from the first `HEAD_BYTES` bytes of a file, or None if it is not supported."""
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADER_BYTES:
        return "BMP"
    if HAS_AVIF and _is_avif(head):
        return "AVIF"
    return None


def is_picture_name(path: Path) -> bool:
    """Tell whether the file name has the suffix of a supported picture format."""
    return path.suffix.lower() in SUFFIXES


def sniff(path: Path) -> str | None:
    """Return the picture format of a file, or None if it is not a picture, so that a batch may skip it.

    The content decides. If it has no known format, the suffix does: an empty or overwritten `scan.png` was meant to be
    a picture, so it must fail instead of being skipped silently. Auxiliary files (`._scan.png` of macOS, and unfinished
    files of this program) are not pictures, whatever their suffix.

    Raises:
        OSError: the file cannot be opened.
    """
    if path.name.startswith(("._", UNFINISHED_PREFIX)) or not path.is_file():
        return None
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return format_of(head) or SUFFIXES.get(path.suffix.lower())


def why_unreadable(name: str, head: bytes) -> str:
    """Return the message for a file that cannot be read, with the next step."""
    if not head.strip(b"\x00"):
        what = "is empty" if not head else "begins with zero bytes only"
        return f"{name} {what}; copy or scan it again."
    if b"%PDF-" in head:
        return (
            f"{name} is a PDF; extract its pictures first, with 'pdfimages -all {Path(name).name} page' "
            f"or 'pdftoppm -r 300 -png {Path(name).name} page'."
        )
    other = next((kind for signature, kind in _UNSUPPORTED if head.startswith(signature)), None)
    if head[4:8] == b"ftyp":
        other = "AVIF" if _is_avif(head) else "HEIC or video"
    if other:
        return f"{name} is in the format {other}, which is not read; convert it to PNG or TIFF first."
    return f"{name} is not a picture that can be read; give a PNG, JPEG, JPEG 2000, WebP, TIFF, BMP or GIF file."


def _is_avif(head: bytes) -> bool:
    """Tell whether a file is AVIF by its main brand, or by the first of those it is compatible with."""
    return head[4:8] == b"ftyp" and (head[8:12] in (b"avif", b"avis") or head[16:20] == b"avif")
