"""Owns the bench's runs: the bytes of one long JSON array, newest first, the same for the same seed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.prose import Prose

ORG: Final = "bench-organization"
FLOW: Final = "bench-flow"
DAYS: Final = 90  # the longest range that the dashboard offers
USERS: Final = 400
PENDING_FOR: Final = timedelta(minutes=20)  # what began since then may still run
STATES: Final = ("COMPLETED", "FAILED", "CANCELLED", "PAUSED", "PENDING", "RESUMED")
COMPLETED, FAILED, CANCELLED, PAUSED, PENDING = range(5)  # no run is resumed just then
SHARES: Final = (0.94, 0.05, 0.0098, 0.0002)
RUN_TYPES: Final = ("api", "form", "chat_assistant", "batch", "workflow_builder", "sub_workflow")
FEEDBACK: Final = ('"positive"', '"negative"')
MODELS: Final = (("OpenAI", "gpt-4.1"), ("Anthropic", "claude-sonnet-4-5"), ("Mistral", "mistral-medium-2508"))
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Every run's bytes, in `body` from `offsets[i]` to before `offsets[i + 1] - 1`, with what a filter asks for."""

    body: bytes
    offsets: list[int]
    ages_us: list[int]  # before the end, ascending: the newest first
    users: Ints
    states: Ints

    def between(self, youngest_us: int | None, oldest_us: int | None) -> range:
        """The positions of the runs whose age lies within the bounds, both inclusive."""
        first = 0 if youngest_us is None else bisect_left(self.ages_us, youngest_us)
        return range(first, len(self.ages_us) if oldest_us is None else bisect_right(self.ages_us, oldest_us))

    def page(self, positions: range) -> memoryview:
        """The runs at these neighbouring positions with commas between them; nothing is copied."""
        if not positions:
            return memoryview(b"")
        return memoryview(self.body)[self.offsets[positions.start] : self.offsets[positions.stop] - 1]


def ages_us(count: int, seed: int) -> Ints:
    """How long before the end each run began, in µs, ascending: DAYS days, three times as busy at noon as at night."""
    hours = np.arange(DAYS * 24 + 1)
    busy = np.concatenate([[0.0], np.cumsum(2 - np.cos(2 * np.pi * hours[1:] / 24))])
    shares = (np.arange(count) + np.random.default_rng(seed).random(count)) / max(count, 1)
    return (np.interp(shares, busy / busy[-1], hours) * 3.6e9).astype(np.int64)


def start_of(count: int, *, of: int, end: datetime, seed: int) -> datetime:
    """The instant from which on, inclusive, the newest `count` of all runs began."""
    return end - timedelta(microseconds=int(ages_us(of, seed)[count - 1]))


def build(count: int, *, end: datetime, seed: int) -> Rows:
    """`count` runs of about 2.5 kB that began before `end`."""
    dice, ages = np.random.default_rng(seed + 1), ages_us(count, seed)
    users = (USERS * dice.random(count) ** 2).astype(np.int64)
    states = dice.choice(len(SHARES), count, p=SHARES)
    is_new = ages < PENDING_FOR // timedelta(microseconds=1)
    states = np.where(is_new & (dice.random(count) < 0.3), PENDING, states)
    written = [row.encode() for row in _written(ages, users, states, end=end, seed=seed)]
    offsets = [0, *accumulate(len(row) + 1 for row in written)]
    return Rows(b",".join(written), offsets, ages.tolist(), users, states)


def _written(ages: Ints, users: Ints, states: Ints, *, end: datetime, seed: int) -> Iterator[str]:
    dice, prose = np.random.default_rng(seed + 2), Prose(seed)
    instants = np.datetime64(end.astimezone(UTC).replace(tzinfo=None), "us") - ages.astype("timedelta64[us]")
    dates = np.datetime_as_string(instants, unit="us", timezone="UTC").tolist()
    bits = dice.integers(0, 2**62, (2, len(ages))).tolist()
    latencies = np.round(np.exp(dice.normal(1.2, 0.8, len(ages))), 3).tolist()
    for columns in zip(dates, *bits, latencies, users.tolist(), states.tolist(), strict=True):
        yield _row(_Drawn(*columns), prose)


class _Drawn(NamedTuple):
    """What is drawn for one run; everything else follows from its random bits."""

    date: str
    high: int
    low: int
    latency: float
    user: int
    state: int


def _row(drawn: _Drawn, prose: Prose) -> str:
    """One run as a server writes it: compact, all 21 fields in the documented order."""
    date, high, low, latency, user, state = drawn
    ended, failed = state not in (PAUSED, PENDING), state == FAILED
    success = "null" if not ended else "true" if state == COMPLETED else "false"
    error = f'"Node llm-{low % 7} failed: 429 from the model, request {low:016x}"' if failed else "null"
    used = 400 + low % 9_000 if ended else 0
    answer = f'"Answer {low % 900_000}. {prose.stretch(low >> 20, 5 + low % 8)}"' if state == COMPLETED else "null"
    return (
        f'{{"run_id":"{_uuid(high, low)}","conversation_id":{_conversation(high)},"date":"{date}",'
        f'"is_flow_successful":{success},"state":"{STATES[state]}","error":{error},'
        f'"latency":{latency if ended else "null"},"total_tokens":{used},"user_id":"u_{user:04}",'
        f'"inputs":"Claim CL-{high % 900_000}. {prose.stretch(high >> 20, 3 + high % 9)}","outputs":{answer},'
        f'"llms":{_models(low, used)[0]},"feedback":{"null" if high % 40 else FEEDBACK[low % 2]},'
        f'"llm_usage":{_models(low, used)[1]},{_origin(high, low)}}}'
    )


def _models(low: int, used: int) -> tuple[str, str]:
    """`llms` and `llm_usage`: one model, or two for one run in four, which share the tokens."""
    if not used:
        return "null", "[]"
    first, second = MODELS[low % 3], MODELS[(low + 1) % 3]
    if low % 4:
        return f'"{first[1]}"', f"[{_usage(first, used)}]"
    small = used // 5
    return f'"{first[1]}, {second[1]}"', f"[{_usage(first, used - small)},{_usage(second, small)}]"


def _usage(model: tuple[str, str], tokens: int) -> str:
    return (
        f'{{"provider":"{model[0]}","model_id":"{model[1]}","tokens":{tokens},"input_tokens":{tokens - tokens // 6},'
        f'"output_tokens":{tokens // 6},"connection_id":null,"connection_origin":"stack_ai","is_local_model":false,'
        f'"should_charge":true}}'
    )


def _origin(high: int, low: int) -> str:
    """Who or what started the run; one run type in six has a parent."""
    run_type = RUN_TYPES[high % len(RUN_TYPES)]
    parent = (
        f'"{_uuid(low, high)}","parent_project_id":"parent-{low % 5}","parent_project_name":"Parent flow {low % 5}"'
    )
    return (
        f'"run_type":"{run_type}","ran_by_type":"org_api_key","ran_by_id":"{_uuid(high % 12, 7)}",'
        f'"ran_by_display_name":"service-{high % 12}","parent_run_id":'
        + (parent if run_type == "sub_workflow" else 'null,"parent_project_id":null,"parent_project_name":null')
    )


def _conversation(high: int) -> str:
    return f'"{_uuid(high // 16 % 50_000, 11)}"' if high % 3 else "null"


def _uuid(high: int, low: int) -> str:
    digits = f"{high:016x}{low:016x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
