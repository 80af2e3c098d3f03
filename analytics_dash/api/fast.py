"""Owns the fast way from a page's bytes to a table: it vouches for what it returns, or refuses the page as a whole.

It knows one strict form for each field and is several times as fast as rows made one by one. Whatever is of another
form may still be a run by the lax rules of `runs.record`, so a refusal says nothing about the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import astuple

from analytics_dash.runs.arrow import RUN_SCHEMA, USAGE_TYPE
from analytics_dash.runs.record import INT64_MAX, as_text

Count = Annotated[int, msgspec.Meta(ge=-INT64_MAX, le=INT64_MAX)] | None
Models = list[dict[str, Any]] | None

_DAY: Final = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-[0-3]\d"
_TIME: Final = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?"  # finer fractions are cut or rounded, by whom differs
_ZONE: Final = r"(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
DATE_FORMS: Final = (
    (rf"\A{_DAY}[T ]{_TIME}{_ZONE}\z", pa.timestamp("us", tz="UTC")),
    (rf"\A{_DAY}[T ]{_TIME}\z", pa.timestamp("us")),
)
"""Forms on which every parser agrees, and what they are read as; a missing zone means UTC."""


class NotVouchedError(Exception):
    """The page holds something that only the lax rules can judge."""


class Row(msgspec.Struct, gc=False):
    """A row of a page; fields that are text to us may come as anything."""

    run_id: Annotated[str, msgspec.Meta(min_length=1)]
    date: str
    conversation_id: Any = None
    is_flow_successful: bool | None = None
    state: Any = None
    error: Any = None
    latency: float | None = None
    total_tokens: Count = None
    user_id: Any = None
    inputs: Any = None
    outputs: Any = None
    llms: Any = None
    feedback: Any = None
    llm_usage: Models = None
    run_type: Any = None
    ran_by_type: Any = None
    ran_by_id: Any = None
    ran_by_display_name: Any = None
    parent_run_id: Any = None
    parent_project_id: Any = None
    parent_project_name: Any = None


class Usage(msgspec.Struct, gc=False):
    """What is known of the tokens spent on one model."""

    provider: str | None = None
    model_id: str | None = None
    tokens: Count = None
    input_tokens: Count = None
    output_tokens: Count = None


_ROWS: Final = msgspec.json.Decoder(list[Row])
_ENCODER: Final = msgspec.json.Encoder()
_AS_THEY_COME: Final = {str, type(None)}
_REFUSALS: Final = (msgspec.MsgspecError, pa.ArrowException, ValueError, RecursionError)


def vouched_table(content: bytes) -> pa.Table:
    """The runs of a JSON array by RUN_SCHEMA, in its order; raises NotVouchedError where it is not sure of each."""
    try:
        rows = _ROWS.decode(content)
        return _table(rows) if rows else RUN_SCHEMA.empty_table()
    except _REFUSALS:
        raise NotVouchedError from None


def _table(rows: list[Row]) -> pa.Table:
    columns = dict(zip(Row.__struct_fields__, zip(*map(astuple, rows), strict=True), strict=True))
    usage = columns["llm_usage"]
    arrays = {"date": _dates(columns["date"]), "llm_usage": _usage_texts(usage), "usage": _usage(usage)}
    return pa.table([arrays.get(f.name) or _column(columns[f.name], f.type) for f in RUN_SCHEMA], schema=RUN_SCHEMA)


def _column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == pa.string() and not _AS_THEY_COME.issuperset(map(type, values)):
        values = [as_text(value) for value in values]
    return pa.array(values, type=kind)


def _dates(texts: Sequence[str]) -> pa.Array:
    """The instants, where all are of one form."""
    column = pa.array(texts, type=pa.string())
    for form, kind in DATE_FORMS:
        if pc.all(pc.match_substring_regex(column, form)).as_py():
            return column.cast(kind).cast(RUN_SCHEMA.field("date").type)
    raise NotVouchedError


def _usage_texts(usages: Iterable[Models]) -> pa.Array:
    encode = _ENCODER.encode
    return pa.array([None if models is None else encode(models) for models in usages], type=pa.string())


def _usage(usages: Sequence[Models]) -> pa.Array:
    """What is known of each model; the conversion only checks it, since Arrow itself would take 1.0 for a count."""
    msgspec.convert(usages, list[list[Usage] | None])
    return pa.array(usages, type=USAGE_TYPE)
