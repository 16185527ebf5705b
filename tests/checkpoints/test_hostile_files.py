"""Thirty hostile weight files and more: no code is executed, no memory is taken, each is refused in one sentence."""

from __future__ import annotations

import io
import json
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save as save_tensors

from halftone_color import cli
from halftone_color.checkpoints import files, finding, header, manifest
from halftone_color.errors import WeightsError

resource = pytest.importorskip("resource")


def zipped(content, compression=zipfile.ZIP_STORED, name="archive/data.pkl", more=()):
    """Return a file as torch.save writes it, with any pickle as its content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr(name, content)
        archive.writestr("archive/version", "3\n")
        for part, data in more:
            archive.writestr(part, data)
    return file.getvalue()


def call(function, *words, protocol=2):
    """Return a pickle that calls a function of a module, named with a dot."""
    module, _, name = function.rpartition(".")
    arguments = b"".join(b"V" + word.encode("raw-unicode-escape") + b"\n" for word in words)
    return b"\x80" + bytes([protocol]) + b"c" + f"{module}\n{name}\n(".encode() + arguments + b"tR."


def trace_of(folder):
    return str(folder / "executed")


def calls(trace):
    """Yield pickles that would make the folder `trace` if they were run."""
    python = f"import os; os.mkdir({trace!r})"
    yield "posix.mkdir", call("posix.mkdir", trace)
    yield "os.system", call("os.system", f"mkdir {trace}")
    yield "builtins.exec", call("builtins.exec", python)
    yield "builtins.eval", call("builtins.eval", f"__import__('os').mkdir({trace!r})")
    yield "__builtin__.exec", call("__builtin__.exec", python)
    yield "subprocess.getoutput", call("subprocess.getoutput", f"mkdir {trace}")
    yield "timeit.timeit", call("timeit.timeit", python)
    yield "code.interact", call("runpy.run_path", trace)
    yield "pydoc.pipepager", call("pydoc.pipepager", "x", f"mkdir {trace}")
    yield (
        "os.makedirs, protocol 4",
        b"\x80\x04\x8c\x02os\x8c\x08makedirs\x93\x8c" + bytes([len(trace)]) + (trace.encode() + b"\x85R."),
    )
    yield "instance, protocol 0", f"(i__builtin__\nexec\nS{python!r}\n.".encode()
    yield "object by name", b"(S" + repr(f"mkdir {trace}").encode() + b"\nios\nsystem\n."
    yield "torch.hub.load", call("torch.hub.load", trace, "x")
    yield "torch.load", call("torch.load", trace)
    yield "numpy.load", call("numpy.load", trace)
    yield "getattr", call("builtins.getattr", "x", "__class__")


def hostile(folder):
    """Yield the names and contents of hostile files for `hcolor weights import`."""
    for name, content in calls(trace_of(folder)):
        yield f"{name} in an archive", zipped(content)
        yield f"{name} alone", content
    yield "deflate bomb", zipped(bytes(30_000_000), zipfile.ZIP_DEFLATED)
    yield "deflated storage", zipped(b"}.", zipfile.ZIP_DEFLATED, more=[("archive/data/0", bytes(30_000_000))])
    overlapping = zipped(b"}.", more=[("archive/data/0", b"x" * 10)])
    yield "part larger than the file", overlapping.replace(struct.pack("<LL", 10, 10), struct.pack("<LL", 2**31, 2**31))
    yield "no pickle", zipped(b"}.", name="archive/other")
    yield "no end", zipped(b"}.")[:-30]
    yield "nested 100,000 times", zipped(b"\x80\x02" + b"(" * 100_000 + b"t" * 100_000 + b".")
    yield "a number of 2 GB", zipped(b"\x80\x02\x8b" + struct.pack("<L", 2**31 - 1) + b"1.")
    yield "a text that is not there", zipped(b"\x80\x02X" + struct.pack("<L", 2**32 - 1) + b"1.")
    yield "stack underflow", zipped(b"\x80\x02R.")
    yield "unknown operation", zipped(b"\x80\x02\xff.")
    yield "nothing", b""
    yield "zeros", bytes(1000)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../outside"), io.BytesIO())
    yield "tar with a way out", tar.getvalue()


def test_hostile_files_are_refused_and_nothing_is_executed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(finding, "user_folder", lambda: tmp_path / "user")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = 0
    for name, content in hostile(tmp_path):
        path = tmp_path / "F.pth"
        path.write_bytes(content)
        code = cli.run(["weights", "import", str(path)])
        said = capsys.readouterr().err
        assert code == WeightsError.exit_code, (name, said)
        assert said.startswith("Error: ") and said.count("\n") == 1, (name, said)
        assert not Path(trace_of(tmp_path)).exists(), name
        count += 1
    assert count >= 30
    assert not (tmp_path / "user").exists()
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 400


@pytest.mark.parametrize("pickled", [call("posix.mkdir", "{}"), None])
def test_the_files_are_armed(tmp_path, pickled):
    trace = tmp_path / "executed"
    content = dict(calls(str(trace)))["os.makedirs, protocol 4" if pickled is None else "posix.mkdir"]
    pickle.loads(content)
    assert trace.exists()


# ---- safetensors and manifests ---------------------------------------------------------------------------------------


def safetensors(fields, data=b"", length=None):
    text = json.dumps(fields).encode() if isinstance(fields, dict) else fields
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def written(**metadata):
    return save_tensors({"a": torch.zeros(2)}, {"role": "toy", "architecture": "fusion", "config": "{}"} | metadata)


HUGE = {"dtype": "F32", "shape": [2**31, 2**31], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    "content",
    [
        safetensors({}, length=2**63),
        safetensors({}, length=2**40),
        safetensors(b"{" * 1000),
        safetensors({"a": HUGE}, bytes(8)),
        safetensors({"a": HUGE | {"shape": [2], "data_offsets": [0, 2**40]}}, bytes(8)),
        safetensors({"a": HUGE | {"shape": [2], "dtype": "X9"}}, bytes(8)),
        safetensors({"a": HUGE | {"shape": [2], "data_offsets": [8, 0]}}, bytes(8)),
        written(config="[" * 100_000),
        written(config="[]"),
        written(config="5"),
        written(config=json.dumps({"features": 10**9})),
        written(config=json.dumps({"blocks": [10**12] * 9})),
        written(config=json.dumps({"__class__": "os.system"})),
        written(architecture="os"),
        written(architecture="..evaluation.timing"),
        written(architecture="[1]"),
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_hostile_safetensors_are_refused(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(WeightsError) as caught:
        files.load(path).network()
    assert "\n" not in str(caught.value)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 200
    with pytest.raises(WeightsError):
        raise WeightsError(str(header.read(path)))


ENTRY = """[[weights]]
role = "toy"
set = "s"
file = "a.safetensors"
sha256 = "00"
bytes = 8
default = true
licence = "none"
"""


@pytest.mark.parametrize(
    "text",
    [
        ENTRY.replace('"a.safetensors"', "5"),
        ENTRY.replace('"a.safetensors"', '["a"]'),
        ENTRY.replace('"a.safetensors"', '"../../a"'),
        ENTRY.replace('"toy"', "1979-05-27"),
        ENTRY.replace("= 8", '= "8"'),
        ENTRY.replace("true", '"yes"'),
        ENTRY + "sources = 5\n",
        ENTRY + "sources = [5]\n",
        ENTRY + "trained_with = 5\n",
        ENTRY + "[weights.trained_with]\na = 5\n",
        "weights = 5\n",
        "weights = [5]\n",
        "a = " + "[" * 5000 + "]" * 5000,
        "#" * 1_000_001,
    ],
    ids=lambda text: text.splitlines()[-1][:40],
)
def test_hostile_manifests_are_refused(tmp_path, text, monkeypatch, capsys):
    (tmp_path / manifest.NAME).write_text(text)
    monkeypatch.setenv(finding.VARIABLE, str(tmp_path))
    assert cli.run(["weights", "list"]) == WeightsError.exit_code
    said = capsys.readouterr().err
    assert said.startswith("Error: ") and said.count("\n") == 1
