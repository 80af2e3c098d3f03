"""The page of tokens and cost from app.py, without a browser: its numbers against the rows', and what is missing."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.metrics.columns import COST, TOKENS
from analytics_dash.quantities import compact, percent
from analytics_dash.ui import places
from tests.moments import NOW
from tests.ui.pages import FROM, MONTH, UNTIL, charts, key_of, opened, opened_anew
from tests.ui.test_app import RUNS, loaded, metrics, texts

pytestmark = pytest.mark.usefixtures("api_in_the_environment")

PAGE: Final = "pages/signed_in/tokens.py"
HOSTILE: Final = "o'hara\"; DROP TABLE runs; -- <b>**{0} $x$ [x](http://e.example)"


def asked_for(world: World, parameters: Mapping[str, str | list[str]] = MONTH, **more: str | list[str]) -> AppTest:
    return opened(PAGE, world, parameters, **more)


def tokens_page(world: World, **more: str | list[str]) -> AppTest:
    app = loaded(asked_for(world, MONTH, **more))
    assert not app.exception
    return app


def told(app: AppTest, words: str) -> bool:
    for _ in range(RUNS):
        if words in texts(app):
            break
        app.run()
    return words in texts(app)


def runs_in_view(world: World) -> list[dict[str, Any]]:
    rows = world.rows(world.flows[0].id, at=NOW)
    return [dict(r) for r in rows if r["run_type"] != "workflow_builder" and FROM <= instant(r) < UNTIL]


def instant(row: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(row["date"])


def used(world: World) -> Counter[str]:
    """Tokens by model."""
    found: Counter[str] = Counter()
    for run in runs_in_view(world):
        for use in run["llm_usage"] or []:
            if use["model_id"]:
                found[use["model_id"]] += use["tokens"] or (use["input_tokens"] or 0) + (use["output_tokens"] or 0)
    return found


def price_file(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    file = folder / "prices.toml"
    file.write_text(text, "utf-8")
    monkeypatch.setenv("ANALYTICS_DASH_PRICES", str(file))


def test_the_cards_say_what_the_rows_themselves_come_to(demo_world: World) -> None:
    app, counts = tokens_page(demo_world), [run["total_tokens"] for run in runs_in_view(demo_world)]
    known = [count for count in counts if count is not None]
    total, attributed = sum(known), used(demo_world).total()
    shown = metrics(app)
    assert list(shown) == [
        "Tokens", "Per run", "Estimated cost", "Not attributed", "Without a price", "Month's end",
    ]  # fmt: skip
    assert shown["Tokens"] == compact(total)
    assert shown["Per run"] == compact(round(float(np.mean(known))))
    assert shown["Not attributed"] == compact(total - attributed)
    assert f"over {len(known):,} runs".replace(",", "\\,") in texts(app)
    assert percent((total - attributed) / total).replace(".", "\\.").removesuffix(" %") in texts(app)


def test_one_s_own_prices_are_what_is_counted_with(
    demo_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (model, tokens), *others = used(demo_world).most_common()
    prices = [f'[[price]]\nmodel = "{name}"\ninput_per_million = 0\noutput_per_million = 0' for name, _ in others]
    own = f'[[price]]\nmodel = "{model}"\ninput_per_million = 1000\noutput_per_million = 1000'
    price_file(tmp_path, monkeypatch, "\n".join([own, *prices]))
    app = tokens_page(demo_world)
    dollars = tokens * 1000 / 1e6
    assert metrics(app)["Estimated cost"] == rf"\${dollars:,.0f}" if dollars >= 1000 else rf"\${dollars:,.2f}"
    assert metrics(app)["Without a price"] == "0"
    table = next(frame.value for frame in app.dataframe if "source" in frame.value)
    assert set(table["source"]) == {"your price list"}
    assert dict(zip(table["model"], table[TOKENS], strict=True)) == dict(used(demo_world))


def test_a_wrong_price_file_is_told_and_the_page_stands_without_cost(
    demo_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    price_file(tmp_path, monkeypatch, "")
    app = tokens_page(demo_world)
    app.button_group(key="spend_in").set_value(COST).run()
    assert "cost" in charts(app)
    price_file(tmp_path, monkeypatch, '[[price]]\nmodel = "gpt-5"\ninput_per_million = -1')
    app.run()
    assert not app.exception
    assert "No cost is estimated" in "\n".join(warning.value for warning in app.warning)
    assert metrics(app)["Estimated cost"] == "no data"
    assert metrics(app)["Tokens"] != "no data"
    assert "cost" not in charts(app)
    assert "Tokens by model and day" in [title.value for title in app.subheader]


def test_the_spenders_are_those_of_the_rows(demo_world: World) -> None:
    app = tokens_page(demo_world)
    for dimension, column in (("user", "user_id"), ("run_type", "run_type"), ("parent", "parent_project_name")):
        app.button_group(key="spend_by").set_value(dimension).run()
        spent: Counter[str | None] = Counter()
        for run in runs_in_view(demo_world):
            spent[run[column] or None] += run["total_tokens"] or 0
        bars = next(trace for trace in charts(app)["spenders"]["data"] if trace.get("name") == "spent")
        own = [tokens for name, tokens in spent.most_common() if name is not None and tokens][:20]
        assert values(bars["x"])[: len(own)] == own
        assert sum(values(bars["x"])) == spent.total()


def values(encoded: Any) -> list[float]:
    """Numbers as Plotly sends them: a list, or base64 with a dtype."""
    if isinstance(encoded, list):
        return [float(number) for number in encoded]
    return [float(number) for number in np.frombuffer(base64.b64decode(encoded["bdata"]), encoded["dtype"])]


def test_what_is_chosen_is_shown_and_outlives_a_change_of_page(demo_world: World) -> None:
    app = tokens_page(demo_world)
    app.button_group(key="spend_as").set_value("shares").run()
    assert charts(app)["spend"]["layout"]["yaxis"]["ticktext"][-1] == "100 %"
    app.button_group(key="sides").set_value("model").run()
    titles = charts(app)["sides"]["layout"]["yaxis"]["ticktext"]
    assert used(demo_world).most_common(1)[0][0] in titles
    query = dict(app.query_params)
    for page in (places.RUNS, PAGE):  # the list of runs takes least to draw
        app.switch_page(page)
        app.query_params.update(query)
        app.run()
    assert app.button_group(key=key_of(app, "spend_as")).value == "shares"
    assert app.button_group(key=key_of(app, "sides")).value == "model"


def test_filters_come_with_the_link_and_stay(demo_world: World) -> None:
    app = tokens_page(demo_world, run_type="api")
    mine = [run["total_tokens"] or 0 for run in runs_in_view(demo_world) if run["run_type"] == "api"]
    assert metrics(app)["Tokens"] == compact(sum(mine))
    assert app.query_params["run_type"] in ("api", ["api"])


def test_few_runs_are_called_few(demo_world: World) -> None:
    runs = Counter(run["user_id"] for run in runs_in_view(demo_world) if run["user_id"] and run["total_tokens"])
    user = min(runs, key=lambda name: runs[name])
    assert runs[user] < 20
    assert told(tokens_page(demo_world, user=user), "few runs")


def test_a_range_without_runs_says_what_to_do(demo_world: World) -> None:
    app = asked_for(demo_world, {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"})
    assert told(app, "Choose a longer range")
    assert not app.metric


def test_a_stranger_s_text_finds_nothing_and_breaks_nothing(demo_world: World) -> None:
    app = asked_for(demo_world, MONTH, model=HOSTILE)
    assert told(app, "Remove a filter above")
    assert not app.exception


def test_a_range_that_has_long_ended_has_no_projection(demo_world: World) -> None:
    app = loaded(opened_anew(PAGE, demo_world, MONTH))
    assert metrics(app)["Month's end"] == "no data"
    assert told(app, "Choose a range that ends now")
    assert "read_month" not in [button.key for button in app.button]


def test_the_rest_of_the_month_is_read_when_asked_for(demo_world: World) -> None:
    app = loaded(opened_anew(PAGE, demo_world, {"range": "24h", "tz": "UTC"}))
    assert metrics(app)["Month's end"] == "no data"
    app.button(key="read_month").click().run()
    for _ in range(RUNS):
        if metrics(app)["Month's end"] != "no data":
            break
        app.run()
    assert metrics(app)["Month's end"].startswith(r"\$")
    assert told(app, "four times out of five such a month ends between")
    assert "month" in charts(app)
