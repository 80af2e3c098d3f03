"""The texts of a run and their difference, drawn by themselves: JSON, nulls, long ones, what strangers wrote."""

from __future__ import annotations

from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.runs.difference import Sign, difference
from analytics_dash.ui.run_compare import as_html, comparable_texts, folded
from analytics_dash.ui.run_texts import CUT, MOST

HOSTILE: Final = "</div><script>alert(1)</script> **b** [x](http://e.example) $x$ {0}"


def script(text: str | None, keeps: bool) -> None:
    from analytics_dash.ui import run_texts

    run_texts.draw("Inputs", text, run_id="r'1", keeps_texts=keeps)


def drawn(text: str | None, *, keeps: bool = True) -> AppTest:
    app = AppTest.from_function(script, args=(text, keeps)).run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*app.markdown, *app.info, *app.text])


@pytest.mark.parametrize(("text", "told"), [(None, "none (null)"), ("", "Empty"), (" \n", "Only white space")])
def test_what_was_not_sent_and_what_is_empty_are_told_apart(text: str | None, told: str) -> None:
    assert told in words(drawn(text))


def test_a_store_without_texts_says_so() -> None:
    assert "keeps no inputs" in words(drawn(None, keeps=False))


def test_what_strangers_wrote_is_shown_as_text_and_nothing_else() -> None:
    app = drawn(HOSTILE)
    assert app.text[0].value == HOSTILE
    assert HOSTILE not in "\n".join(str(element.value) for element in app.markdown)


def test_json_is_read_as_lines_and_raw_as_it_came() -> None:
    text = '{"claim": "CL-1",  "note": "a\\nb"}'
    app = drawn(text)
    assert app.text[0].value == "claim: CL-1\nnote:\n    a\n    b"
    app.session_state["way_Inputs_3"] = "JSON"
    assert app.run().json[0].value.replace(" ", "").startswith('{"claim":"CL-1"')
    app.session_state["way_Inputs_3"] = "Raw"
    assert app.run().code[0].value == text


def test_a_long_text_is_cut_until_all_of_it_is_asked_for() -> None:
    app = drawn("x" * (CUT + 1))
    assert len(app.text[0].value) == CUT
    app.toggle[0].set_value(True).run()
    assert len(app.text[0].value) == CUT + 1


def test_a_text_too_long_for_a_browser_can_only_be_downloaded_whole() -> None:
    app = drawn("x" * (MOST + 1))
    assert not app.toggle
    assert len(app.text[0].value) == CUT
    assert "the first" in words(app)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_difference_holds_no_markup_but_its_own(theme: str) -> None:
    page = as_html(difference(f"same\n{HOSTILE}", "same\n<b>other"), theme=theme)
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    assert "− <del" in page
    assert "+ <ins" in page


def test_long_equal_stretches_are_folded_and_counted() -> None:
    lines = difference("a\n" * 50 + "x", "a\n" * 50 + "y")
    shown = list(folded(lines))
    assert shown[0] == 47
    assert [line.sign for line in shown[1:] if not isinstance(line, int)][-2:] == [Sign.REMOVED, Sign.ADDED]


def test_json_is_compared_value_by_value() -> None:
    first, second = comparable_texts('{"a":1,"b":2}', '{"a": 1, "b": 3}')
    changed = [line.text.strip() for line in difference(first, second) if line.sign is not Sign.SAME]
    assert changed == ['"b": 2', '"b": 3']
