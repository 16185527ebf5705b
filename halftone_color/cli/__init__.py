"""The hcolor command: parse, call, exit code; one file per command."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from halftone_color import __version__
from halftone_color.cli import (
    _help,
    _logging,
    _streams,
    _watched,
    batch,
    bench,
    colorize,
    demo,
    descreen,
    halftone,
    inspect,
    restore,
    train,
    verify,
    weights,
)
from halftone_color.errors import OUT_OF_MEMORY, ExitCode, HcolorError, ListingError, is_out_of_memory
from halftone_color.system import allocator

INTERRUPTED = ExitCode.INTERRUPTED
TERMINATED = ExitCode.TERMINATED
HUNG_UP = ExitCode.HUNG_UP
STOPPED = "Interrupted; nothing half-written was left behind."

app = typer.Typer(
    name="hcolor",
    cls=_help.Group,
    help="Turns scans of halftone prints into continuous-tone color photographs, offline.",
    epilog="Start with: hcolor demo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _module in (restore, batch, verify, inspect, descreen, colorize, halftone, demo, train, bench):
    _name = _module.__name__.rpartition(".")[2]
    app.command(_name, cls=getattr(_module, "Command", _help.Command), epilog=_module.EXAMPLES)(_module.command)
app.add_typer(weights.app, name="weights")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hcolor {__version__}")
        raise typer.Exit


@app.callback()
def _everywhere(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version, and exit.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say more on stderr, with tracebacks of errors.")
    ] = False,
    log_file: Annotated[
        Path | None, typer.Option("--log-file", metavar="FILE", help="Write a log with tracebacks to FILE.")
    ] = None,
) -> None:
    _logging.start(verbose, log_file)


def main() -> NoReturn:
    """Run the command that the process was started with, and exit."""
    _streams.open_missing()
    _watched.watch_streams()
    _stop_on_signals()
    allocator.keep_freed_memory()
    sys.exit(run())


def _stop_on_signals() -> None:
    """End by an exception, so that unfinished files are cleared away; what nohup ignores stays ignored."""
    for name, code in (("SIGTERM", TERMINATED), ("SIGHUP", HUNG_UP)):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_, code=code: sys.exit(code))


def run(words: Sequence[str] | None = None) -> int:
    """Run a command line (the process's own when None is given) and return its exit code; messages go to stderr."""
    with _logging.session():
        code = _run(words)
        reason = _watched.trouble()
        if reason is None:
            return code
        unsaid = ListingError(
            f"Standard output could not be written to ({reason}), so that what was to be said there is missing; "
            "pictures in files are not touched by that."
        )
        return _failed(str(unsaid), code or unsaid.exit_code)


def _run(words: Sequence[str] | None) -> int:
    try:
        app(None if words is None else list(words), prog_name="hcolor")
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else int(done.code is not None)
        if code in (INTERRUPTED, TERMINATED, HUNG_UP):  # typer has turned Ctrl-C into the first
            return _failed(STOPPED, code)
        return code
    except HcolorError as error:
        return _failed(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _failed(STOPPED, INTERRUPTED)
    except Exception as error:
        if is_out_of_memory(error):
            return _failed(OUT_OF_MEMORY, ExitCode.FAULT)
        reason = ": ".join([type(error).__name__, *str(error).splitlines()[:1]])
        return _failed(
            f"This is a fault of hcolor, not of your file: {reason}; {_logging.next_step()}.", ExitCode.FAULT
        )
    return 0


def _failed(sentence: str, code: int) -> int:
    """Print a sentence about the error being handled, whose traceback goes to the log."""
    _logging.keep_traceback(sentence)
    typer.echo(f"Error: {sentence}", err=True)
    return int(code)
