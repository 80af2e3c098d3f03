"""Owns the list of a view's runs, a page at a time: which are on it, their previews, and where a search matched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import duckdb
import pandas as pd
from duckdb import CoalesceOperator, ColumnExpression, ConstantExpression, FunctionExpression

from analytics_dash.runs.order import Order, order_of
from analytics_dash.runs.search import search_of
from analytics_dash.runs.view import COLUMNS, View
from analytics_dash.store.dataset import Dataset

PAGE: Final = 100  # rows: some seconds of scrolling, and little for the browser to draw
PREVIEW_CHARS: Final = 200  # of a text: a page of runs must not weigh megabytes
BEFORE_CHARS: Final = 30  # of a text before what was found in it: the match must still be inside its cell
MATCH: Final = "match"
MATCHED: Final = ("inputs", "outputs", "error")
"""The texts that a search looks in; the first of them with the first word is the one that is shown."""
TEXTS: Final = frozenset(MATCHED)
OPEN, CLOSE, CUT = "«", "»", "…"


def total(dataset: Dataset, view: View) -> int:
    """How many runs the view has."""
    counted: int = dataset.runs(view).count("*").fetchall()[0][0]
    return counted


def page(dataset: Dataset, view: View, *, first: int = 0, rows: int = PAGE, of: int | None = None) -> pd.DataFrame:
    """COLUMNS of up to `rows` runs from the place `first` (from 0) on in the view's order; `date` in UTC.

    Texts are cut to a preview, and MATCH (only with a search for words) says where the first word was found. `of` is
    how many runs there are, where that is known: the end of a long list is then found from behind.
    """
    keys = _keys(dataset.runs(view), order_of(view), first=first, rows=rows, of=of)
    words = search_of(view.q).wanted
    held = dataset.reader.of_keys(keys)
    shown = _with_match(held, words[0]) if words else held
    frame = shown.project(", ".join(["run_key", *map(_shown, COLUMNS), *([MATCH] if words else [])])).df()
    place = pd.Series(range(len(keys)), index=keys, dtype="int64")
    frame = frame.iloc[frame["run_key"].map(place).argsort(kind="stable")].drop(columns="run_key")
    frame = frame.assign(date=frame["date"].dt.tz_localize("UTC"), total_tokens=frame["total_tokens"].astype("Int64"))
    if words:
        frame[MATCH] = [_marked(match, words) for match in frame[MATCH]]
    return frame.reset_index(drop=True)


def _keys(runs: duckdb.DuckDBPyRelation, order: Order, *, first: int, rows: int, of: int | None) -> list[int]:
    """The keys of the page's runs in their order: only what is sorted by goes through the sorting, no text does."""
    names = dict.fromkeys(["run_key", "date", "run_id", order.column])
    narrow = runs.project(", ".join(f'"{name}"' for name in names))
    from_behind = of is not None and first > of // 2
    if from_behind and of is not None:
        last = max(0, min(of, first + rows))
        found = narrow.order(order.backwards_sql).limit(max(0, last - first), of - last)
    else:
        found = narrow.order(order.sql).limit(rows, first)
    keys = [int(row[0]) for row in found.project("run_key").fetchall()]
    return keys[::-1] if from_behind else keys


def _shown(name: str) -> str:
    if name in TEXTS:
        return f'left("{name}", {PREVIEW_CHARS}) AS "{name}"'
    return "array_to_string(models, ', ') AS models" if name == "models" else f'"{name}"'


def _with_match(runs: duckdb.DuckDBPyRelation, word: str) -> duckdb.DuckDBPyRelation:
    """The runs with MATCH: {field, is_cut, before, hit, after}, null where the word is in none of the texts.

    The engine lowers character by character, so that a place in the lowered text is the same in the text itself.
    """
    lowered = FunctionExpression("lower", ConstantExpression(word))
    places = [
        CoalesceOperator(
            FunctionExpression("strpos", FunctionExpression("lower", ColumnExpression(name)), lowered),
            ConstantExpression(0),
        ).alias(f"at_{name}")
        for name in MATCHED
    ]
    cases = " ".join(f"WHEN at_{name} > 0 THEN {_excerpt(name, len(word))}" for name in MATCHED)
    return runs.select(duckdb.StarExpression(), *places).project(f"*, CASE {cases} END AS {MATCH}")


def _excerpt(name: str, length: int) -> str:
    at = f"at_{name}"
    begins, rest = f"greatest({at} - {BEFORE_CHARS}, 1)", PREVIEW_CHARS - BEFORE_CHARS
    return (
        f"{{'field': '{name}', 'is_cut': {begins} > 1, "
        f"'before': substr(\"{name}\", {begins}, {at} - {begins}), "
        f"'hit': substr(\"{name}\", {at}, {length}), "
        f"'after': substr(\"{name}\", {at} + {length}, {rest}), "
        f"'goes_on': length(\"{name}\") >= {at} + {length} + {rest}}}"
    )


def _marked(match: object, words: Sequence[str]) -> str:
    """The excerpt on one line, the words in brackets, after the name of the text that it is from."""
    if not isinstance(match, dict):
        return ""
    any_word = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))), re.IGNORECASE)
    before, after = (any_word.sub(rf"{OPEN}\g<0>{CLOSE}", match[part]) for part in ("before", "after"))
    text = f"{CUT if match['is_cut'] else ''}{before}{OPEN}{match['hit']}{CLOSE}{after}"
    return f"{match['field'].capitalize()}: {' '.join(text.split())}{CUT if match['goes_on'] else ''}"
