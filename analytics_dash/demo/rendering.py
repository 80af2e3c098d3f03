"""Owns how a run of the columns becomes the JSON-able row of the contract, as it looks at one instant."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from analytics_dash.demo import cast, texts
from analytics_dash.demo.cast import COMPLETED, FAILED, NOTHING, PENDING
from analytics_dash.demo.columns import Columns
from analytics_dash.demo.starts import Ints
from analytics_dash.demo.troubles import SUB_FAILED, TROUBLES

UUID_VERSION: Final = (0xFFFFFFFFFFFF0FFF, 0x4000)
UUID_VARIANT: Final = (0x3FFFFFFFFFFFFFFF, 0x8000000000000000)
GONE: Final = 0x5DEECE66D5DEECE6
"""Turns a run's UUID into the one of its parent's run where that is gone: no run has it."""
COUNTS_MISSING_ONE_IN: Final = 25
SPLIT_MISSING_ONE_IN: Final = 11

Row = dict[str, Any]


class View(NamedTuple):
    """The columns of one run, as Python values."""

    flow: int
    run_type: int
    actor: int
    user: int
    conversation: int
    turn: int
    parent: int
    parent_flow: int
    subject: int
    model: int
    second_model: int
    tokens: int
    attributed: int
    success: int
    trouble: int
    cause: int
    latency_ms: int
    feedback: int
    dice: int
    high: int
    low: int
    date: str
    state: int
    feedback_is_in: bool


def render(columns: Columns, rows: Ints, *, at_us: int) -> list[Row]:
    """The runs with these row numbers, in this order."""
    users = cast.user_names()
    return [_row(view, columns, users) for view in _views(columns, rows, at_us)]


def state_at(columns: Columns, rows: Ints, at_us: int) -> Ints:
    """The states' codes then: pending until a run ends."""
    return np.where(columns.end_us[rows] > at_us, PENDING, columns.fates.state[rows])


def run_id(columns: Columns, row: int) -> str:
    """The UUID of the run with this row number."""
    return _uuid(int(columns.high[row]), int(columns.low[row]))


def _views(columns: Columns, rows: Ints, at_us: int) -> list[View]:
    dates = np.datetime_as_string(columns.date_us[rows].astype("datetime64[us]"), unit="us", timezone="UTC")
    told: dict[str, list[Any]] = {
        "date": dates.tolist(),
        "state": state_at(columns, rows, at_us).tolist(),
        "feedback_is_in": (columns.feedback_us[rows] <= at_us).tolist(),
    }
    for name in View._fields:
        if name not in told:
            owner = next(table for table in (columns.starts, columns.fates, columns) if hasattr(table, name))
            told[name] = getattr(owner, name)[rows].tolist()
    return list(map(View, *(told[name] for name in View._fields)))


def _row(view: View, columns: Columns, users: tuple[str, ...]) -> Row:
    actor = cast.ACTORS[view.actor]
    row: Row = {
        "run_id": _uuid(view.high, view.low),
        "conversation_id": _conversation_id(view),
        "date": view.date,
        "user_id": users[view.user] if view.user >= 0 else None,
        "inputs": texts.inputs(view.flow, view.run_type, subject=view.subject, dice=view.dice, turn=view.turn),
        "run_type": cast.RUN_TYPES[view.run_type],
        "ran_by_type": actor.type,
        "ran_by_id": actor.id,
        "ran_by_display_name": actor.name,
        "parent_run_id": _parent_run_id(view, columns),
        "parent_project_id": cast.PARENT_FLOWS[view.parent_flow].id if view.parent_flow >= 0 else None,
        "parent_project_name": cast.PARENT_FLOWS[view.parent_flow].name if view.parent_flow >= 0 else None,
    }
    return row | (_running() if view.state == PENDING else _ended(view, columns))


def _running() -> Row:
    return {
        "state": cast.STATES[PENDING],
        "is_flow_successful": None,
        "error": None,
        "latency": None,
        "total_tokens": 0,
        "outputs": None,
        "llms": None,
        "feedback": None,
        "llm_usage": [],
    }


def _ended(view: View, columns: Columns) -> Row:
    usage = _usage(view)
    rated = view.feedback >= 0 and view.feedback_is_in
    return {
        "state": cast.STATES[view.state] if view.state >= 0 else None,
        "is_flow_successful": None if view.success == NOTHING else view.success == 1,
        "error": _error(view, columns) if view.state == FAILED else None,
        "latency": view.latency_ms / 1000 if view.latency_ms >= 0 else None,
        "total_tokens": view.tokens,
        "outputs": texts.outputs(view.flow, subject=view.subject, dice=view.dice) if view.state == COMPLETED else None,
        "llms": ", ".join(model["model_id"] for model in usage) or None,
        "feedback": texts.feedback(view.feedback, subject=view.subject, dice=view.dice) if rated else None,
        "llm_usage": usage,
    }


def _usage(view: View) -> list[Row]:
    """The tokens of each model; the counts add up to what is attributed, unless some are missing."""
    if not view.tokens or view.model == NOTHING:
        return []
    if view.second_model == NOTHING:
        return [_model_usage(view.model, view.attributed, view.dice)]
    second = view.attributed * (4 + view.dice % 20) // 100
    return [
        _model_usage(view.model, view.attributed - second, view.dice),
        _model_usage(view.second_model, second, view.dice >> 9),
    ]


def _model_usage(model: int, tokens: int, dice: int) -> Row:
    said = cast.MODELS[model]
    output = 0 if model == cast.EMBEDDING else tokens * (8 + dice % 25) // 100
    counted, split = dice % COUNTS_MISSING_ONE_IN != 0, dice % SPLIT_MISSING_ONE_IN != 0
    return {
        "provider": said.provider,
        "model_id": said.id,
        "tokens": tokens if counted else None,
        "input_tokens": tokens - output if split else None,
        "output_tokens": output if split else None,
        "connection_id": said.connection_id,
        "connection_origin": said.origin,
        "is_local_model": said.is_local,
        "should_charge": not said.is_local,
    }


def _error(view: View, columns: Columns) -> str | None:
    """The error's text; None where a run says FAILED but nothing was caught."""
    if view.trouble == NOTHING:
        return None
    cause_flow = int(columns.starts.flow[view.cause]) if view.trouble == SUB_FAILED else view.flow
    return TROUBLES[view.trouble].text.format(
        hex=f"{view.high & 0xFFFFFFFFFFFF:012x}",
        number=view.dice % 89_999 + 10_000,
        long=128_000 + view.dice % 321_000,
        small=view.dice % 9 + 1,
        tiny=view.dice % 89 + 2,
        model=cast.MODELS[view.model].id if view.model >= 0 else "gpt-4.1",
        flow=cast.FLOWS[cause_flow].name,
        run=run_id(columns, view.cause) if view.trouble == SUB_FAILED else _uuid(view.low, view.high),
    )


def _conversation_id(view: View) -> str | None:
    return _uuid(view.subject << 2, view.subject * 3 + 1) if view.conversation >= 0 else None


def _parent_run_id(view: View, columns: Columns) -> str | None:
    if view.parent >= 0:
        return run_id(columns, view.parent)
    return _uuid(view.high ^ GONE, view.low ^ GONE) if view.parent_flow >= 0 else None


def _uuid(high: int, low: int) -> str:
    high = (high & UUID_VERSION[0]) | UUID_VERSION[1]
    low = (low & UUID_VARIANT[0]) | UUID_VARIANT[1]
    digits = f"{high & 0xFFFFFFFFFFFFFFFF:016x}{low:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
