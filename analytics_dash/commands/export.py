"""Owns `analytics-dash export`: every run of a flow as CSV, progress on stderr, nothing half-written left behind."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import ValidationError

from analytics_dash.allocation import settle_memory
from analytics_dash.api.auth import Auth
from analytics_dash.api.client import Client
from analytics_dash.commands.terminal import Meter, auth_of, instant_of, interruptible
from analytics_dash.errors import AnalyticsDashError, FilterError
from analytics_dash.export.csv import csv_of_rows
from analytics_dash.runs.filter import RunFilter
from analytics_dash.settings import Settings, load_settings
from analytics_dash.store.dataset import Report
from analytics_dash.store.flow import FlowKey
from analytics_dash.store.intervals import Interval
from analytics_dash.store.passage import Passed, passing

DONE: Final = 0
ROWS_SET_ASIDE: Final = 5
STANDARD_OUTPUT: Final = "-"
REASONS_SHOWN: Final = 5  # of rows set aside; the rest are counted


def run(arguments: argparse.Namespace) -> int:
    """Export and say how it went; raises AnalyticsDashError, and then leaves no file behind."""
    settle_memory()
    settings, run_filter = load_settings(), _filter(arguments)
    _check_output(arguments.output)
    with contextlib.ExitStack() as held:
        passed = _read(auth_of(settings), settings, arguments, run_filter, held)
        _write(passed, arguments)
        return _told(passed.report, passed.asked)


def _filter(arguments: argparse.Namespace) -> RunFilter:
    try:
        states = [part for text in arguments.state for part in text.split(",") if part]
        start, end = (instant_of(f"--{name}", getattr(arguments, name)) for name in ("start", "end"))
        return RunFilter(start=start, end=end, user_id=arguments.user_id, states=tuple(states))
    except ValidationError as error:
        sentence = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise FilterError(f"{sentence[:1].upper()}{sentence[1:]}.") from None


def _check_output(output: str) -> None:
    """Refuse what cannot be written before anything is read for it."""
    if output == STANDARD_OUTPUT:
        return
    path = Path(output)
    if path.is_dir():
        raise FilterError(f"--output {output} is a folder: name a file in it.")
    if not path.absolute().parent.is_dir():
        raise FilterError(f"--output {output}: there is no folder {path.absolute().parent}.")
    if not os.access(path.absolute().parent, os.W_OK):
        raise FilterError(f"--output {output}: the folder {path.absolute().parent} cannot be written to.")


def _read(
    auth: Auth, settings: Settings, arguments: argparse.Namespace, run_filter: RunFilter, held: contextlib.ExitStack
) -> Passed:
    """Every run, readable until `held` is left."""
    cancel, key = threading.Event(), FlowKey(settings.api_url, arguments.org, arguments.flow)
    client = held.enter_context(Client(auth, settings=settings))
    with interruptible(cancel), Meter() as meter:
        return held.enter_context(
            passing(client, key, run_filter, settings=settings, progress=meter.show, cancel=cancel)
        )


def _write(passed: Passed, arguments: argparse.Namespace) -> None:
    chunks = csv_of_rows(passed.rows, bom=arguments.excel, guard=not arguments.raw)
    try:
        with _opened(arguments.output) as out:
            for chunk in chunks:
                out.write(chunk)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has enough; so have we
    except OSError as error:
        raise AnalyticsDashError(f"{arguments.output} could not be written: {error.strerror or error}.") from error


@contextlib.contextmanager
def _opened(output: str) -> Iterator[BinaryIO]:
    """Standard output, or a file that takes its place whole or not at all."""
    if output == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    if path.exists() and not path.is_file():  # a device or a pipe is written to, not replaced
        with path.open("wb") as out:
            yield out
        return
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
        _keep_mode(name, path)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _keep_mode(name: str, path: Path) -> None:
    """The permissions the file had, or those a new one would get; a temporary file is private."""
    if path.exists():
        mode = path.stat().st_mode & 0o777
    else:
        umask = os.umask(0)
        os.umask(umask)
        mode = 0o666 & ~umask
    Path(name).chmod(mode)


def _told(report: Report, asked: Interval) -> int:
    """Say on stderr what the file rests on; the exit code tells of rows set aside."""
    sys.stderr.write(
        f"{report.rows:,} runs exported, {report.pages:,} pages read, {report.duplicates:,} duplicates removed, "
        f"as of {report.as_of:%Y-%m-%d %H:%M:%S} UTC, {'verified' if report.verified else 'not verified'}. "
        f"Only runs that began from {asked.low:%Y-%m-%d %H:%M:%S} until {asked.high:%Y-%m-%d %H:%M:%S} UTC.\n"
    )
    for note in report.notes:
        sys.stderr.write(f"Note: {note}\n")
    if not report.set_aside:
        return DONE
    sys.stderr.write(f"{len(report.set_aside):,} rows set aside, not in the file:\n")
    for row in report.set_aside[:REASONS_SHOWN]:
        sys.stderr.write(f"  page {row.page}, run {row.run_id or '(no run ID)'}: {row.reason}\n")
    if len(report.set_aside) > REASONS_SHOWN:
        sys.stderr.write(f"  and {len(report.set_aside) - REASONS_SHOWN:,} more\n")
    return ROWS_SET_ASIDE
