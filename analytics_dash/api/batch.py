"""Owns how a page's bytes become a table of runs: by the fast way where that vouches for it, else row by row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from analytics_dash.api.body import BOM, SetAside, page_of
from analytics_dash.api.fast import NotVouchedError, vouched_table
from analytics_dash.runs.arrow import table_of


@dataclass(frozen=True)
class Batch:
    """One page: an identity per row in the server's order, its runs by RUN_SCHEMA, the rows set aside by identity."""

    keys: tuple[str, ...]
    table: pa.Table
    aside: tuple[tuple[str, SetAside], ...] = ()
    served_at: datetime | None = None


def batch_of(body: bytes, *, number: int, served_at: datetime | None = None) -> Batch:
    """The runs of a page, which may be none; raises UnreadableError where it is no array."""
    try:
        table = vouched_table(body.removeprefix(BOM))
    except NotVouchedError:
        page = page_of(body, number=number, served_at=served_at)
        return Batch(page.keys, table_of(page.runs), page.aside, served_at)
    return Batch(tuple(table["run_id"].to_pylist()), table, served_at=served_at)
