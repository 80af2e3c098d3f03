"""Owns the CSV: the API's columns in the API's order, one writer for the screen's download and the command line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from analytics_dash.runs.record import API_COLUMNS

BOM: Final = b"\xef\xbb\xbf"  # Excel reads UTF-8 only where a file begins with it
CHUNK_ROWS: Final = 1000  # rows held at a time: two or three megabytes
FORMULA_START: Final = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
"""Beginnings that spreadsheets take for a formula (OWASP, CSV injection), with their full-width twins."""


def csv_of_rows(rows: Iterable[Sequence[object]], *, bom: bool = False, guard: bool = True) -> Iterator[bytes]:
    """Rows in API_COLUMNS as UTF-8 CSV in chunks, header first; they are taken as the chunks are."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(API_COLUMNS)
    if bom:
        yield BOM
    for number, row in enumerate(rows, start=1):
        writer.writerow([_cell(value, guard=guard) for value in row])
        if number % CHUNK_ROWS == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8")


def _cell(value: object, *, guard: bool) -> object:
    """One value as CSV text: nothing for null, true/false, instants in UTC; text is kept from being a formula."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        utc = value.astimezone(UTC) if value.tzinfo else value
        return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return guarded(value) if guard else value


def guarded(value: object) -> object:
    """The value, a text that a spreadsheet would take for a formula preceded by an apostrophe."""
    return "'" + value if isinstance(value, str) and FORMULA_START.match(value) else value
