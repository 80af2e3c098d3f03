"""The fast way and the certain way from a page's bytes to a table agree, whatever strangers send."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.api.batch import Batch, batch_of
from analytics_dash.api.body import UnreadableError, page_of
from analytics_dash.api.fast import NotVouchedError, vouched_table
from analytics_dash.runs.arrow import RUN_SCHEMA, table_of
from analytics_dash.runs.record import API_COLUMNS, INT64_MAX, Run
from tests.factories import NOON, run_row, run_rows

USAGE: Final = {
    "provider": "OpenAI",
    "model_id": "gpt",
    "tokens": 7,
    "input_tokens": 5,
    "output_tokens": None,
    "new": 1,
}
TEXTS: Final = [name for name in API_COLUMNS if RUN_SCHEMA.field(name).type == pa.string() and name != "llm_usage"]
NUMBERS: Final = (
    *(b"0", b"-0", b"-0.0", b"1.0", b"1.5", b"1e3", b"1e400", b"-1e400", b"NaN", b"Infinity", b"-Infinity", b"true"),
    *(str(number).encode() for number in (INT64_MAX, INT64_MAX + 1, -INT64_MAX, -INT64_MAX - 1, 10**30, 2**53 + 1)),
    *(
        b"9" * 500,
        b"9" * 5000,
        b'"12"',
        b'"1.0"',
        b'"NaN"',
        b'"-inf"',
        b"01",
        b"1.",
        b"[]",
        b"123456789012345678901234567890.5",
    ),
)
SCALARS: Final = (
    *(b"null", b'""', b'"a"', b'"\xc3\xbc \xf0\x9f\x99\x82"', rb'"\ud83d\ude42\n\u0000"', rb'"a\ud800b"', rb'"\udc00"'),
    *(
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"a\x01"',
        rb'"\x"',
        b"{}",
        b'{"b":[1.50,{"a":null}],"a":2,"b":3}',
        b'["\xc3\xbc"]',
    ),
    *(b"[" * 250 + b"]" * 250, b'"yes"', b'"false"', b"False", b'"<b>"'),
)
VALUES: Final = st.sampled_from(SCALARS + NUMBERS)
STARTS: Final = (
    *("2026-11-01", "1969-12-31", "2026-02-30", "0001-01-01", "9999-12-31", "2024-02-29", "2026-1-1", "20261101"),
    *("1899-12-31", "2026-13-01", "2026-W45-1"),
)
HOURS: Final = ("00:00:00", "10:00", "10", "23:59:59", "23:59:60", "24:00:00", "10:00:61", "1:00:00", "100000")
FRACTIONS: Final = ("", ".5", ".123456", ".1234567", ".1234569", ".999999999", ".1234567891", ".", ",5")
ZONES: Final = ("", "Z", "z", "+00:00", "-00:00", "+02:00", "-23:59", "+24:00", "+0530", "+02", " Z", " +02:00", "\n")
DATES: Final = st.one_of(
    st.builds("".join, st.tuples(*map(st.sampled_from, (STARTS, ("T", " ", "t", "_"), HOURS, FRACTIONS, ZONES)))),
    st.datetimes().map(datetime.isoformat),
    st.datetimes(timezones=st.timezones()).map(str),
    st.sampled_from(["", "soon", "2026-11-01", "1700000000", "1700000000000", "1e9", " 2026-11-01T10:00:00Z"]),
).map(lambda text: json.dumps(text).encode()) | st.sampled_from(
    [b"1700000000", b"1.7e12", b"1700000000.25", b"null", b"{}"]
)
MODELS: Final = st.lists(
    st.tuples(st.sampled_from([*USAGE, "tokens"]), VALUES).map(lambda pair: b'"%b":%b' % (pair[0].encode(), pair[1])),
    max_size=4,
).map(lambda fields: b"{" + b",".join(fields) + b"}")
USAGES: Final = st.one_of(
    st.lists(MODELS | VALUES, max_size=2).map(lambda models: b"[" + b",".join(models) + b"]"), VALUES
)
FIELDS: Final = st.one_of(
    st.tuples(st.sampled_from([*TEXTS, "unknown", "is_flow_successful"]), VALUES),
    st.tuples(st.sampled_from(["latency", "total_tokens"]), st.sampled_from(NUMBERS)),
    st.tuples(st.just("date"), DATES),
    st.tuples(st.just("llm_usage"), USAGES),
)
CENTURIES: Final = tuple(NOON.replace(year=year, tzinfo=None) for year in (1900, 2099))
PLAIN_TEXT: Final = st.text(st.characters(codec="utf-8"), max_size=20)
PLAIN_COUNT: Final = st.none() | st.integers(-INT64_MAX, INT64_MAX)
PLAIN_MODELS: Final = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("provider", "model_id", "new"), st.none() | PLAIN_TEXT),
            **dict.fromkeys(("tokens", "input_tokens", "output_tokens"), PLAIN_COUNT),
        },
    ),
    max_size=3,
)
PLAIN_ROWS: Final = st.fixed_dictionaries(
    {
        "run_id": st.text(st.characters(codec="utf-8"), min_size=1, max_size=9),
        "date": st.datetimes(CENTURIES[0], CENTURIES[1]).map(lambda date: date.isoformat() + "Z"),
    },
    optional={
        **dict.fromkeys(TEXTS[1:], st.none() | PLAIN_TEXT | st.integers() | st.lists(st.booleans(), max_size=2)),
        "is_flow_successful": st.none() | st.booleans(),
        "latency": st.none() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False),
        "total_tokens": PLAIN_COUNT,
        "llm_usage": st.none() | PLAIN_MODELS,
    },
)
BODIES: Final = (
    *(b"", b" \n", b"null", b"{}", b'"text"', b"7", b"<html></html>", b"[1,", b"[]x", b"[[]]", b"[null]", b"\xff"),
    *(b"[]", b" [ ] ", b"\xef\xbb\xbf[]", b"\xef\xbb\xbf\xef\xbb\xbf[]", b"[]\0", b'{"items":[]}', b'["a",{},5]'),
    *(b"[" * 2000, b"[" * 2000 + b"]" * 2000, b'[{"run_id":"a"}]', b'[{"date":"2026-11-01T00:00:00Z"}]'),
    *(json.dumps(run_rows(3)).encode(code) for code in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig")),
    *(json.dumps(run_rows(3)).encode()[:end] for end in (-1, -2, -30)),
)
often = settings(max_examples=30, deadline=None)
very_often = settings(max_examples=100, deadline=None)  # no engine is opened here


def certain(body: bytes) -> Batch:
    """What the way through rows made one by one gives."""
    page = page_of(body, number=3, served_at=NOON)
    return Batch(page.keys, table_of(page.runs), page.aside, page.served_at)


def outcome(way: Any, body: bytes) -> Any:
    """What a way gives, such that equal means the same: usage texts as what they say, errors as their text."""
    try:
        batch = way(body)
    except UnreadableError as error:
        return str(error)
    assert batch.table.schema == RUN_SCHEMA
    columns = batch.table.to_pydict()
    columns["llm_usage"] = [repr(_sorted(text and json.loads(text))) for text in columns["llm_usage"]]
    columns["latency"] = list(map(repr, columns["latency"]))
    return batch.keys, columns, batch.aside, batch.served_at


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def assert_ways_agree(body: bytes) -> None:
    assert outcome(lambda b: batch_of(b, number=3, served_at=NOON), body) == outcome(certain, body)


def hostile_row(fields: list[tuple[str, bytes]]) -> bytes:
    """A good row with these fields at its end, where the last of several of one name wins."""
    told = json.dumps(run_row(), ensure_ascii=False).encode().removesuffix(b"}")
    return told + b"".join(b', "%b": %b' % (name.encode(), value) for name, value in fields) + b"}"


def is_vouched(body: bytes) -> bool:
    try:
        vouched_table(body)
    except NotVouchedError:
        return False
    return True


@very_often
@given(st.lists(st.lists(FIELDS, max_size=2).map(hostile_row), min_size=1, max_size=3))
def test_both_ways_agree_on_rows_that_strangers_send(rows: list[bytes]) -> None:
    assert_ways_agree(b"[" + b",".join(rows) + b"]")


@very_often
@given(DATES)
def test_both_ways_agree_on_every_form_of_a_date(date: bytes) -> None:
    assert_ways_agree(b"[" + hostile_row([("date", date)]) + b"]")


@pytest.mark.parametrize(
    "date", ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-11-01T10:00:00+02"]
)
def test_both_ways_agree_on_dates_that_arrow_alone_would_take(date: str) -> None:
    assert_ways_agree(json.dumps([run_row() | {"date": date}]).encode())


@often
@given(st.lists(PLAIN_ROWS, min_size=1, max_size=4), st.booleans())
def test_plain_rows_are_vouched_for_and_both_ways_agree(rows: list[dict[str, Any]], escapes: bool) -> None:
    body = json.dumps(rows, ensure_ascii=escapes).encode()
    assert is_vouched(body)
    assert_ways_agree(body)


@pytest.mark.parametrize("name", [*API_COLUMNS, "unknown"])
def test_both_ways_agree_on_each_field_and_each_odd_value(name: str) -> None:
    for value in SCALARS + NUMBERS:
        assert_ways_agree(b"[" + hostile_row([(name, value)]) + b"," + hostile_row([]) + b"]")


@pytest.mark.parametrize("field", USAGE)
def test_both_ways_agree_on_each_field_of_a_models_usage(field: str) -> None:
    for value in SCALARS + NUMBERS:
        usage = b'[{"%b": %b}, {"tokens": 1}]' % (field.encode(), value)
        assert_ways_agree(b"[" + hostile_row([("llm_usage", usage)]) + b"]")


def test_both_ways_agree_on_bodies_of_every_kind() -> None:
    for body in BODIES:
        assert_ways_agree(body)


@often
@given(st.binary(max_size=30), st.integers(0, 700))
def test_both_ways_agree_on_a_page_damaged_anywhere(damage: bytes, place: int) -> None:
    whole = json.dumps([run_row(llm_usage=[USAGE], inputs="ü\n")] * 2, ensure_ascii=False).encode()
    assert_ways_agree(whole[:place] + damage + whole[place + len(damage) :])


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"date": "2026-11-01T10:00:00+02:00"},
        {"date": "2026-11-01 10:00:00.25"},
        {"user_id": 42, "outputs": {"answer": ["ü"]}},
        {"llm_usage": []},
        {"llm_usage": None},
        {"llm_usage": [USAGE, {}]},
        {"unknown": [1]},
    ],
)
def test_what_servers_usually_send_goes_the_fast_way(fields: dict[str, Any]) -> None:
    assert is_vouched(json.dumps([run_row() | fields]).encode())


def test_one_row_set_aside_costs_no_other_row() -> None:
    batch = batch_of(
        json.dumps([run_row("a"), run_row("b", date=NOON) | {"date": "soon"}, run_row("c")]).encode(), number=4
    )
    assert batch.keys == ("a", "b", "c")
    assert batch.table["run_id"].to_pylist() == ["a", "c"]
    assert [(key, said.run_id, said.page) for key, said in batch.aside] == [("b", "b", 4)]


def test_usage_has_what_is_known_of_each_model_and_its_text_all_that_came() -> None:
    rows = [run_row(llm_usage=[USAGE, {"model_id": "b"}]), run_row(), run_row(llm_usage=[]), run_row(llm_usage=[{}])]
    table = batch_of(json.dumps(rows).encode(), number=0).table
    nothing = dict.fromkeys(("provider", "model_id", "tokens", "input_tokens", "output_tokens"))
    known = {name: value for name, value in USAGE.items() if name != "new"}
    assert table["usage"].to_pylist() == [[known, nothing | {"model_id": "b"}], None, [], [nothing]]
    first, *others = table["llm_usage"].to_pylist()
    assert first == json.dumps([USAGE, {"model_id": "b"}], separators=(",", ":"))
    assert others == [None, "[]", "[{}]"]


def test_a_page_without_runs_has_the_same_schema() -> None:
    assert batch_of(b"[]", number=9).table.schema == table_of([]).schema == RUN_SCHEMA
    assert batch_of(b"[]", number=9).keys == ()


def test_a_table_of_runs_holds_what_the_runs_hold() -> None:
    runs = [Run.model_validate(row | {"llm_usage": [USAGE]}) for row in run_rows(3)]
    table = table_of(iter(runs))
    for name in API_COLUMNS:
        if name != "llm_usage":
            assert table[name].to_pylist() == [getattr(run, name) for run in runs]


def test_rows_that_are_the_same_and_no_runs_are_each_set_aside() -> None:
    rows = [{"run_id": None, "date": None}, None, run_row("fine"), None, {"run_id": None, "date": None}]
    page, again = (batch_of(json.dumps(rows).encode(), number=0) for _ in range(2))
    assert len(page.aside) == len(dict(page.aside)) == 4
    assert len(set(page.keys)) == 5
    assert page.keys == again.keys


def test_a_name_in_the_usage_that_is_no_text_drops_no_run() -> None:
    usage = [{"model_id": "m\ud800", "tokens": 3, "new\ud800": {"\udc00": "\ud800"}}]
    page = batch_of(json.dumps([run_row("one", llm_usage=usage)]).encode(), number=0)
    assert page.aside == ()
    assert json.loads(page.table["llm_usage"][0].as_py()) == [{"model_id": "m?", "tokens": 3, "new?": {"?": "?"}}]
