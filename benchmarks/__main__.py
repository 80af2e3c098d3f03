"""Owns `python -m benchmarks`: everything, or one measurement, in one run; exit code 1 where a target is missed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks import measurements
from benchmarks.fresh import keep_to_two_cores
from benchmarks.report import Line, document, table
from benchmarks.serving import Place, serving

RESULTS: Final = Path(__file__).with_name("RESULTS.md")
ROWS: Final = 100_000
NAMES: Final = ("rates", "memory", "nothing-new", "past", "clicks")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and keep it where everything was measured."""
    wish = _parser().parse_args(argv)
    load = os.getloadavg()[0]
    cores, now = keep_to_two_cores(), datetime.now(UTC).replace(microsecond=0)
    lines = _measured([wish.only] if wish.only else list(NAMES), rows=wish.rows, now=now)
    sys.stdout.write("\n" + table(lines))
    if not wish.only and wish.rows == ROWS:
        busy = (
            f"The machine's load was {load:.1f} before and {os.getloadavg()[0]:.1f} at the end, of which the bench is "
            "about two: rates need a machine to themselves."
        )
        notes = [*measurements.NOTES, busy]
        RESULTS.write_text(document(lines, at=now, cores=cores, notes=notes), "utf-8")
    return int(any(line.is_met is False for line in lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=measurements.__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help=f"runs of a sync (default: {ROWS:,})")
    parser.add_argument("--only", choices=NAMES, help="one measurement; RESULTS.md stays as it is")
    return parser


def _measured(names: Sequence[str], *, rows: int, now: datetime) -> list[Line]:
    needed = max(rows, *measurements.MEMORY_ROWS) if "memory" in names else rows
    alone = {"past": measurements.past, "clicks": measurements.clicks}
    if len(names) == 1 and names[0] in alone:
        return alone[names[0]](end=now)
    lines: list[Line] = []
    with serving(needed, end=now) as place:
        for name in names:
            sys.stderr.write(f"{name} ...\n")
            lines += _measurement(name, place, rows)()
    return lines


def _measurement(name: str, place: Place, rows: int) -> Callable[[], list[Line]]:
    return {
        "rates": lambda: measurements.rates(place, rows=rows),
        "memory": lambda: measurements.memory(place),
        "nothing-new": lambda: measurements.nothing_new(place, rows=rows),
        "past": lambda: measurements.past(end=place.end),
        "clicks": lambda: measurements.clicks(end=place.end),
    }[name]


if __name__ == "__main__":
    sys.exit(main())
