"""Owns what is said of a run of the bench: a table, whether each target is met, and the machine it was measured on."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

PACKAGES: Final = ("analytics-dash", "duckdb", "pyarrow", "httpx", "msgspec", "pydantic", "dlt")
HEADINGS: Final = ("what", "measured", "target", "met")


@dataclass(frozen=True)
class Line:
    """One measured thing; `is_met` is None where it has no target."""

    name: str
    measured: str
    target: str = ""
    is_met: bool | None = None

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The line as the table shows it."""
        return self.name, self.measured, self.target, {True: "yes", False: "NO", None: ""}[self.is_met]


def at_least(name: str, value: float, least: float, *, measured: str) -> Line:
    """A line whose value must not be smaller."""
    return Line(name, measured, f"at least {least:g}", value >= least)


def at_most(name: str, value: float, most: float, *, unit: str, digits: int = 0) -> Line:
    """A line whose value must not be larger."""
    return Line(name, f"{value:,.{digits}f}{unit}", f"at most {most:g}{unit}", value <= most)


def table(lines: Sequence[Line]) -> str:
    """The lines as a Markdown table that a terminal shows well too."""
    rows = [HEADINGS, *(line.cells for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    written = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([written[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *written[1:]]) + "\n"


def document(lines: Sequence[Line], *, at: datetime, cores: int, notes: Sequence[str]) -> str:
    """The whole of RESULTS.md."""
    head = f"# The last run of `make bench`\n\n{at:%Y-%m-%d}, {_machine(cores)}.\n\n"
    return head + table(lines) + "\n" + "".join(f"- {note}\n" for note in notes)


def _machine(cores: int) -> str:
    versions = ", ".join(f"{name} {number}" for name in PACKAGES if (number := _version(name)))
    return f"{cores} cores of {_processor()}, {_memory_gb():.0f} GB, Python {platform.python_version()}, {versions}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    return _of("/proc/cpuinfo", "model name") or platform.machine()


def _memory_gb() -> float:
    return int(_of("/proc/meminfo", "MemTotal").removesuffix(" kB") or 0) * 1024 / 1e9


def _of(file: str, name: str) -> str:
    """A value of one of the kernel's tables, empty where there is none."""
    lines = (line.partition(":") for line in Path(file).read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "")
