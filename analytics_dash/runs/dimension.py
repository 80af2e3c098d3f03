"""Owns the dimensions by which runs are told apart: how each is named, its values in SQL, and the runs of a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

from duckdb import (
    CoalesceOperator,
    ColumnExpression,
    ConstantExpression,
    Expression,
    FunctionExpression,
    SQLExpression,
)

from analytics_dash.runs.pattern import pattern_of
from analytics_dash.runs.view import NO_USER

VALUE: Final = "value"
"""The column that holds a dimension's value in the rows of `Dimension.rows`; NULL where a run has none."""
NO: Final = SQLExpression("false")


@dataclass(frozen=True)
class Dimension:
    """One way to tell runs apart: `name` as in a link, `label` for people, `none_label` for runs without a value."""

    name: str
    label: str
    column: str
    none_label: str
    title_column: str | None = None
    """The column with a name for people, where the value itself is an ID."""
    multiple: bool = False
    """Whether one run may have several values (`column` is then a list), so that the values' runs do not add up."""

    @property
    def value_sql(self) -> str:
        """The SELECT expression for a run's values, a row each; NULL for none, and for a text that is empty."""
        if not self.multiple:
            return f"nullif({self.column}, '')"
        return f"nullif(unnest(CASE WHEN len({self.column}) > 0 THEN {self.column} ELSE [NULL] END), '')"

    def rows(self, *columns: str) -> str:
        """The SELECT over `runs` of VALUE and these columns (SQL of ours), a row for each of a run's values."""
        return f"SELECT {', '.join([f'{self.value_sql} AS {VALUE}', *columns])} FROM runs"  # noqa: S608  our own names

    def named_rows(self, *columns: str) -> str:
        """The same with values as links write them: a stranger's “(no user)” then counts with those without."""
        return f"SELECT * REPLACE (coalesce({VALUE}, '{self.none_label}') AS {VALUE}) FROM ({self.rows(*columns)})"  # noqa: S608  our own names

    def named(self, value: str | None) -> str:
        """A value as tables and customdata write it: itself, or `none_label`."""
        return value or self.none_label

    def matches(self, values: Sequence[str]) -> Expression:
        """The condition for runs with any of the values (at least one) as a link writes them (`pattern_of`).

        `none_label` among them stands for none. A value of a run's own goes in by `exactly`.
        """
        known = [value for value in values if value and value != self.none_label]
        asked = [pattern_of(value) for value in known]
        whole = [pattern.text for pattern in asked if not pattern.is_part]
        options = [self._has_any(whole)] if whole else []
        options += [self._has_part(pattern.text) for pattern in asked if pattern.is_part]
        if len(known) < len(values):
            options.append(self._has_none())
        return reduce(or_, options)

    def _has_any(self, values: Sequence[str]) -> Expression:
        column, constants = ColumnExpression(self.column), [ConstantExpression(value) for value in values]
        if not self.multiple:
            return CoalesceOperator(column.isin(*constants), NO)
        found = FunctionExpression("list_has_any", column, FunctionExpression("list_value", *constants))
        return CoalesceOperator(found, NO)

    def _has_part(self, text: str) -> Expression:
        """Without a lambda, whose syntax engines differ in: no text that is asked for holds what joins the values."""
        column: Expression = ColumnExpression(self.column)
        if self.multiple:
            column = FunctionExpression("array_to_string", column, FunctionExpression("chr", ConstantExpression(0)))
        both = [FunctionExpression("lower", part) for part in (column, ConstantExpression(text))]
        return CoalesceOperator(FunctionExpression("contains", *both), NO)

    def _has_none(self) -> Expression:
        column, empty = ColumnExpression(self.column), ConstantExpression("")
        if not self.multiple:
            return column.isnull() | (column == empty)
        length = CoalesceOperator(FunctionExpression("len", column), ConstantExpression(0))
        blank = CoalesceOperator(FunctionExpression("list_contains", column, empty), NO)
        return (length == ConstantExpression(0)) | blank


DIMENSIONS: Final = {
    dimension.name: dimension
    for dimension in (
        Dimension("model", "Model", "models", "(no model)", multiple=True),
        Dimension("run_type", "Run type", "run_type", "(no run type)"),
        Dimension("user", "User", "user_id", NO_USER),
        Dimension("ran_by", "Started by", "ran_by_display_name", "(nobody named)"),
        Dimension("ran_by_type", "Started as", "ran_by_type", "(no kind of starter)"),
        Dimension("parent", "Parent workflow", "parent_project_id", "(no parent)", title_column="parent_project_name"),
        Dimension("state", "State", "state", "(no state)"),
        Dimension("outcome", "Outcome", "outcome", "(no outcome)"),
        Dimension("feedback", "Feedback", "feedback", "(no feedback)"),
        Dimension("conversation", "Conversation", "conversation_id", "(no conversation)"),
    )
}
"""By name, each a parameter of a link."""
