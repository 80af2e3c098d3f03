"""Owns how the simulated API reads its query: each fault in the shape FastAPI gives it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from analytics_dash.demo.cast import STATES

DEFAULT_PAGE_SIZE: Final = 25
WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}")  # fits 64 bits, as an offset must
EXPECTED_STATES: Final = ", ".join(f"'{state}'" for state in STATES[:-1]) + f" or '{STATES[-1]}'"

Fault = dict[str, Any]


class QueryError(Exception):
    """Holds every fault of one query, for a 422."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} parameters are wrong")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Query:
    """A valid query; open bounds, no user and no states mean all."""

    page: int
    page_size: int
    start: datetime | None
    end: datetime | None
    user_id: str | None
    states: tuple[str, ...]

    @property
    def slice(self) -> slice:
        """The page's place in the listing."""
        return slice(self.page * self.page_size, (self.page + 1) * self.page_size)


def read_query(parameters: Mapping[str, str], *, max_page_size: int) -> Query:
    """The query's values; raises QueryError naming every wrong parameter at once."""
    faults: list[Fault] = []
    query = Query(
        page=_number(parameters, "page", 0, (0, None), faults),
        page_size=_number(parameters, "page_size", min(DEFAULT_PAGE_SIZE, max_page_size), (1, max_page_size), faults),
        start=_instant(parameters, "start_date", faults),
        end=_instant(parameters, "end_date", faults),
        user_id=parameters.get("user_id"),
        states=_states(parameters, faults),
    )
    if faults:
        raise QueryError(faults)
    return query


def fault(loc: tuple[str, str], msg: str, kind: str, *, given: object, **context: object) -> Fault:
    """One entry of `detail`."""
    entry: Fault = {"type": kind, "loc": list(loc), "msg": msg, "input": given}
    return entry | {"ctx": context} if context else entry


def _number(
    parameters: Mapping[str, str], name: str, default: int, bounds: tuple[int, int | None], faults: list[Fault]
) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    least, most = bounds
    loc, said = ("query", name), "Input should be "
    if not WHOLE_NUMBER.fullmatch(text):
        because = "a valid integer, unable to parse string as an integer"
        faults.append(fault(loc, said + because, "int_parsing", given=text))
        return default
    value = int(text)
    if value < least:
        because = f"greater than or equal to {least}"
        faults.append(fault(loc, said + because, "greater_than_equal", given=text, ge=least))
    elif most is not None and value > most:
        because = f"less than or equal to {most}"
        faults.append(fault(loc, said + because, "less_than_equal", given=text, le=most))
    return value


def _instant(parameters: Mapping[str, str], name: str, faults: list[Fault]) -> datetime | None:
    """The instant in UTC, a missing zone meaning UTC."""
    text = parameters.get(name)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = "Input should be a valid datetime or date, invalid character in year"
        kind = "datetime_from_date_parsing"
        faults.append(fault(("query", name), message, kind, given=text, error="invalid character in year"))
        return None


def _states(parameters: Mapping[str, str], faults: list[Fault]) -> tuple[str, ...]:
    states = tuple(part.strip() for part in parameters.get("state", "").split(",") if part.strip())
    for state in states:
        if state not in STATES:
            message = f"Input should be {EXPECTED_STATES}"
            faults.append(fault(("query", "state"), message, "enum", given=state, expected=EXPECTED_STATES))
    return states
