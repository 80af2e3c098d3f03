"""Owns the one rule that puts an error text into a group: its template, and the short ID of that, in Python and in SQL.

The rule looks at one text alone, so that a group never depends on what else is loaded, nor on its order. The patterns
are written for both engines, Python's and RE2: no lookaround, no back-references, no classes beyond ASCII, no `.`.
"""

from __future__ import annotations

import hashlib
import re
from functools import reduce
from typing import Final

NO_ERROR_TEXT: Final = "(no error text)"
"""The template of failed runs whose error is absent or blank."""
FRAMES_WITHIN: Final = 20_000  # characters searched for stack frames: the deepest traces seen fit
HEAD: Final = 2_000  # characters that decide: what follows is quoted content, and a text of 1 MB costs no more
TEMPLATE_LENGTH: Final = 300  # characters of a template: one that is longer differs only in its tail
ID_LENGTH: Final = 12  # hex digits: two of 100,000 templates share one with a chance of 2 in 100,000
ID_PATTERN: Final = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")
KEPT: Final = "\x01"  # marks digits and words that the later rules leave alone; no text for people holds it

REASONS: Final = "Bad |Unauth|Forb|Not |Conf|Unproc|Too |Client |Server |Internal |Service |Gateway "

FRAMES: Final = (
    (r"Traceback \(most recent call last\):(?:\r?\n[ \t]+[^\n]*)*", ""),
    (r"\n[ \t]+at [^\n]*", ""),
)
"""Python's stack frames, and those of Java and JavaScript: the error itself stands beside them."""
RULES: Final = (
    (KEPT, ""),
    (r"[ \t\n\r\f\v]+", " "),
    (r"""[A-Za-z]+://[^ "'<>)\]},]+""", "<url>"),
    (r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", "<email>"),
    (r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b", "<id>"),
    (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?", "<time>"),
    (r"""(^|[ "'`(=:])(?:/[^ "'`/:,)<>]+){2,}/?""", r"\1<path>"),
    (r"""\b[A-Za-z]:\\[^ "'`,)<>]+""", "<path>"),
    # HTTP's statuses and names such as rate_limit_exceeded tell errors apart, so they stay
    (
        r"""((?:[Cc]ode|CODE|[Ss]tatus|STATUS|HTTP|[Ee]rror)(?:/[0-9.]+)?[ :=("'\[]*)([45][0-9][0-9])\b""",
        rf"\1{KEPT}\2",
    ),
    (rf"\b([45][0-9][0-9] (?:{REASONS}))", rf"{KEPT}\1"),
    (r"""["'`]([a-z]+(?:_[a-z]+)+)["'`]""", rf"{KEPT}\1"),
    (rf"""\B"(?:[^"\\{KEPT}]|\\[^{KEPT}])*"\B""", "<text>"),
    (rf"""\B'(?:[^'\\{KEPT}]|\\[^{KEPT}])*'\B""", "<text>"),
    (rf"""\B`[^`{KEPT}]*`\B|“[^”{KEPT}]*”|„[^“”{KEPT}]*[“”]|«[^»{KEPT}]*»""", "<text>"),
    (r"(^|[^A-Za-z0-9])[0-9A-Fa-f]{8,}\b", r"\1<id>"),
    (r"([_-])[A-Za-z0-9]{16,}\b", r"\1<id>"),
    (
        r"(^|[^A-Za-z0-9])(?:[A-Za-z]{6,}[0-9]|[A-Za-z]{1,5}[0-9][A-Za-z0-9]{6}|[A-Za-z]+[0-9]{3})[A-Za-z0-9]*",
        r"\1<id>",
    ),
    (rf"(^|[^A-Za-z0-9{KEPT}])[0-9][A-Za-z0-9]*(?:[.,:][0-9][A-Za-z0-9]*)*", r"\1<n>"),
    (r"(<[a-z]+>)(?:,? <[a-z]+>)+", r"\1, …"),
    (rf"{KEPT}|^ | $", ""),
)
"""What stands for what, in this order; a change here renames groups, and breaks links to them."""
RULE_VERSION: Final = 1
"""Which rule this is. Stored runs carry their group, so whoever changes what `id_sql(template_sql(...))` says raises
this, and appends `(FILL_GROUPS,)` to MIGRATIONS in store/migrations.py, which names all of them anew."""


def error_template(error: str | None) -> str:
    """The error with placeholders for what varies from run to run; NO_ERROR_TEXT where there is nothing to read."""
    head = reduce(_replaced, FRAMES, (error or "")[:FRAMES_WITHIN])[:HEAD]
    return reduce(_replaced, RULES, head)[:TEMPLATE_LENGTH] or NO_ERROR_TEXT


def error_group_id(error: str | None) -> str:
    """The short ID of the error's group, ID_LENGTH hex digits: the same for the same text at any time and place."""
    return hashlib.sha256(error_template(error).encode("utf-8", "replace")).hexdigest()[:ID_LENGTH]


def is_error_group_id(text: str) -> bool:
    """Whether this can be a group's ID, as a link must show before it is asked for."""
    return ID_PATTERN.fullmatch(text) is not None


def template_sql(column: str) -> str:
    """The same template as a DuckDB expression over a column of texts; costly, so ask it of distinct texts only."""
    frames = reduce(_replaced_sql, FRAMES, f"left(coalesce({column}, ''), {FRAMES_WITHIN})")
    template = reduce(_replaced_sql, RULES, f"left({frames}, {HEAD})")
    return f"coalesce(nullif(left({template}, {TEMPLATE_LENGTH}), ''), {_literal(NO_ERROR_TEXT)})"


def id_sql(template: str) -> str:
    """The group's ID as a DuckDB expression over a column of templates."""
    return f"left(sha256({template}), {ID_LENGTH})"


def named_sql(messages: str) -> str:
    """The SELECT of `message` and its `error_group` over the distinct texts `message` of a SELECT.

    It is materialized twice, since a filter or a join pushed into the rule would send every run through it.
    """
    return f"""WITH messages AS MATERIALIZED ({messages}),
named AS MATERIALIZED (SELECT message, {id_sql(template_sql("message"))} AS error_group FROM messages)
SELECT message, error_group FROM named"""  # noqa: S608  expressions of ours


def _replaced(text: str, rule: tuple[str, str]) -> str:
    return re.sub(rule[0], rule[1], text, flags=re.ASCII)


def _replaced_sql(text: str, rule: tuple[str, str]) -> str:
    return f"regexp_replace({text}, {_literal(rule[0])}, {_literal(rule[1])}, 'g')"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
