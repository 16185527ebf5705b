"""Unattended use of single commands: pipes, closed and full streams, places that cannot be written to, long names."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from halftone_color import cli
from halftone_color.cli import _piped, _watched
from halftone_color.errors import ExitCode
from halftone_color.images.reading import read
from halftone_color.system import atomic

ROOT = Path(__file__).parents[2]
BAYER = ("halftone", "--method", "bayer")
FULL = Path("/dev/full")
needs_posix = pytest.mark.skipif(os.name != "posix", reason="the shell's redirections")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="/dev/full")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the photograph one.png."""
    made = tmp_path_factory.mktemp("unattended")
    Image.radial_gradient("L").resize((48, 48)).save(made / "one.png")
    return made


# ---- pipes -----------------------------------------------------------------------------------------------------------


@needs_posix
def test_from_a_pipe_into_a_pipe(begin, ended, folder):
    done = ended(begin([*BAYER, "-", "-o", "-"], lambda: lead(0, folder / "one.png")))
    assert (done.code, done.err) == (0, "")
    with Image.open(io.BytesIO(done.out)) as picture:
        assert (picture.format, picture.size) == ("PNG", (48, 48))
    assert not Path("-").exists(), "no folder is named -"


class Stream(io.TextIOWrapper):
    """A standard stream on bytes in memory, a terminal or not."""

    def __init__(self, content=b"", terminal=False):
        super().__init__(io.BytesIO(content), encoding="utf-8", write_through=True)
        self.isatty = lambda: terminal


@pytest.fixture
def stdin(monkeypatch):
    return lambda content, terminal=False: monkeypatch.setattr(sys, "stdin", Stream(content, terminal))


def test_from_standard_input_into_a_folder(hcolor, stdin, photo, tmp_path):
    stdin(photo.read_bytes())
    done = hcolor("halftone", "-", "-o", f"{tmp_path}/out/")
    assert done.paths == [str(tmp_path / "out/standard-input-halftone.png")]
    stdin(photo.read_bytes())
    assert hcolor("inspect", "-").code == 0


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_what_standard_input_holds_may_be_no_picture(hcolor, stdin, content):
    stdin(content)
    done = hcolor("halftone", "-", "-o", "out.png")
    assert done.code == ExitCode.INPUT
    assert "standard-input" in done.err


def test_a_result_of_standard_input_needs_a_place(hcolor, stdin, photo):
    stdin(photo.read_bytes())
    done = hcolor("halftone", "-")
    assert (done.code, "-o" in done.err) == (ExitCode.USAGE, True)


def test_terminals_and_several_results_are_refused(hcolor, stdin, photo, monkeypatch):
    stdin(b"", terminal=True)
    done = hcolor("halftone", "-", "-o", "out.png")
    assert (done.code, "is a terminal" in done.err) == (ExitCode.USAGE, True)
    done = hcolor("restore", photo, "-o", "-", "--samples", "2")
    assert (done.code, "Several results" in done.err) == (ExitCode.USAGE, True)
    monkeypatch.setattr(sys, "stdout", Stream(terminal=True))
    with pytest.raises(Exception, match="is a terminal"):
        _piped.require_pipe(photo, "-", 1)


# ---- streams ---------------------------------------------------------------------------------------------------------


@needs_posix
def test_closed_streams_do_no_harm(folder, tmp_path):
    """The one test here that starts an interpreter: what it does with closed streams is not imitated."""
    line = f"exec {sys.executable} -m halftone_color {' '.join(BAYER)} one.png -o {tmp_path}/out.png >&- 2>&- <&-"
    known = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(["/bin/sh", "-c", line], cwd=folder, capture_output=True, env=known, timeout=300)
    assert (done.returncode, done.stderr) == (0, b"")
    read(tmp_path / "out.png")


def lead(number, place):
    """Let a standard stream lead to a file."""
    os.dup2(os.open(place, os.O_RDONLY if number == 0 else os.O_WRONLY), number)
    name = ("stdin", "stdout", "stderr")[number]
    setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


def close(number):
    """Close a standard stream, as an interpreter finds it that is started without."""
    os.close(number)
    setattr(sys, ("stdin", "stdout", "stderr")[number], None)


def leave(number=1):
    """Let standard output be a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, number)
    sys.stdout = os.fdopen(number, "w", closefd=False)


@needs_posix
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_closed_stream_does_no_harm(begin, ended, number):
    done = ended(begin(["weights", "list"], lambda: close(number)))
    assert (done.code, done.err) == (0, "")


@needs_full
def test_a_full_standard_output_is_said_in_the_end(begin, ended, folder, tmp_path):
    words = [*BAYER, folder / "one.png", "-o", tmp_path / "out.png"]
    done = ended(begin(words, lambda: lead(1, FULL)))
    assert done.code == ExitCode.LISTING
    assert read(tmp_path / "out.png").pixels.shape == (1, 48, 48)
    assert "Traceback" not in done.err
    assert done.err.count("\n") == 1


@needs_full
@pytest.mark.parametrize("full", [(1,), (1, 2)])
def test_full_streams(begin, ended, full):
    done = ended(begin(["weights", "list"], lambda: [lead(number, FULL) for number in full]))
    assert (done.code, "Traceback" in done.err) == (ExitCode.LISTING, False)


@needs_full
def test_a_full_standard_error_stops_nothing(begin, ended):
    done = ended(begin(["weights", "list", "--no-such-option"], lambda: lead(2, FULL)))
    assert done.code == ExitCode.USAGE


@needs_posix
@pytest.mark.parametrize("words", [("weights", "list"), (*BAYER, "one.png", "-o", "-")], ids=" ".join)
def test_a_broken_pipe_is_said_in_the_end(begin, ended, folder, words, monkeypatch):
    monkeypatch.chdir(folder)
    done = ended(begin(words, leave))
    assert done.code == ExitCode.LISTING
    assert done.err.startswith("Error: ")
    assert "Traceback" not in done.err


@needs_posix
@pytest.mark.skipif(sys.platform == "darwin", reason="names are UTF-8 there")
def test_a_name_that_is_not_utf8_is_printed_in_its_own_bytes(begin, ended, folder, tmp_path):
    name = tmp_path / os.fsdecode(b"M\xfcnchen.png")
    name.write_bytes((folder / "one.png").read_bytes())
    done = ended(begin([*BAYER, name]))
    assert done.out == os.fsencode(tmp_path) + b"/M\xfcnchen-halftone.png\n"
    assert Path(os.fsdecode(done.out.rstrip())).exists()


def test_letters_that_an_encoding_lacks_are_escaped():
    _watched.codecs.register_error(_watched.NAMES, _watched._encode)
    assert "a\u2192b\udcfc".encode("latin-1", _watched.NAMES) == b"a\\u2192b\xfc"


# ---- places ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [246, 255])
def test_long_names_get_shorter_results(hcolor, photo, length):
    long = photo.rename(photo.with_name("x" * (length - 4) + ".png"))
    done = hcolor("halftone", long)
    assert (done.code, done.err) == (0, "")
    assert Path(done.paths[0]).exists()
    assert hcolor("halftone", long).code == ExitCode.OUTPUT, "the same name again"


def test_a_name_that_is_too_long_is_refused_before_the_work(hcolor, photo, tmp_path, monkeypatch):
    monkeypatch.setattr("halftone_color.pipeline.halftone", None)
    done = hcolor("halftone", photo, "-o", tmp_path / f"{'y' * 260}.png")
    assert done.code == ExitCode.OUTPUT, done.err
    assert "before" not in done.err and done.err.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(hcolor, photo, monkeypatch):
    def refuse(path, mode):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(atomic.Path, "open", refuse)
    monkeypatch.setattr("halftone_color.pipeline.halftone", None)
    done = hcolor("halftone", photo)
    assert done.code == ExitCode.OUTPUT
    assert "Permission denied" in done.err


@needs_posix
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root writes everywhere")
def test_a_locked_folder(hcolor, photo, tmp_path):
    tmp_path.chmod(0o555)
    done = hcolor("halftone", photo)
    tmp_path.chmod(0o755)
    assert done.code == ExitCode.OUTPUT


def test_probing_leaves_nothing(hcolor, photo, tmp_path):
    before = sorted(path.name for path in tmp_path.iterdir())
    atomic.require_writable(tmp_path / "new/folder/out.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
def test_pipes_and_links_come_to_no_harm(hcolor, photo, tmp_path):
    pipe, link = tmp_path / "pipe.png", tmp_path / "link.png"
    os.mkfifo(pipe)
    done = hcolor("halftone", photo, "-o", pipe, "--overwrite")
    assert (done.code, pipe.is_fifo()) == (ExitCode.OUTPUT, True)
    assert hcolor("halftone", pipe).code == ExitCode.INPUT
    original = tmp_path / "original.png"
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(original)
    content = original.read_bytes()
    link.symlink_to(original)
    assert hcolor("halftone", photo, "-o", link, "--overwrite").code == 0
    assert (link.is_symlink(), original.read_bytes()) == (False, content)


def test_16_bits_that_become_8_are_said(hcolor, tmp_path):
    deep = tmp_path / "deep.png"
    Image.fromarray(np.linspace(0, 65535, 40 * 50).astype(np.uint16).reshape(40, 50)).save(deep)
    words = ("descreen", deep, "--method", "gaussian", "-o")
    assert "The file has 16 bits of each channel, the result 8; --bits 16" in hcolor(*words, tmp_path / "a.png").err
    assert "bits of each" not in hcolor(*words, tmp_path / "b.png", "--bits", "16").err


# ---- exit codes ------------------------------------------------------------------------------------------------------


def test_every_exit_code_is_documented():
    table = (ROOT / "docs/architecture.md").read_text()
    for code in ExitCode:
        assert f"| {int(code)} | `{code.name}` |" in table


def test_every_error_has_a_code_of_its_own():
    from halftone_color import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.HcolorError)]
    codes = [kind.exit_code for kind in kinds]
    assert len(set(codes)) == len(kinds)
    signals = {ExitCode.HUNG_UP, ExitCode.INTERRUPTED, ExitCode.TERMINATED}
    assert {*codes, *signals, ExitCode.DONE} == set(ExitCode)
    assert all(kind.__doc__ for kind in kinds)


@needs_posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_signals_have_codes_of_their_own(name, monkeypatch, capsys):
    import signal

    number = getattr(signal, name)
    kept = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background job does not have
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup ignores
        cli._stop_on_signals()
        monkeypatch.setattr(cli, "app", lambda *_, **__: signal.raise_signal(number))
        code = cli.run([])
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)
    expected = {"SIGTERM": ExitCode.TERMINATED, "SIGHUP": ExitCode.HUNG_UP, "SIGINT": ExitCode.INTERRUPTED}
    assert code == expected[name]
    assert "Interrupted; nothing half-written" in capsys.readouterr().err


def test_systems_without_sighup(monkeypatch):
    import signal

    kept, asked = signal.getsignal(signal.SIGTERM), []
    monkeypatch.delattr(signal, "SIGHUP", raising=False)
    monkeypatch.setattr(signal, "signal", lambda number, act: asked.append(number))
    cli._stop_on_signals()
    assert asked == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) == kept
