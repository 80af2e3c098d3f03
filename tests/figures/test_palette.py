"""Colours of values: one a name, whatever the order, told apart by everybody."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.figures.palette import colours, palette
from analytics_dash.figures.theme import DARK, LIGHT, Theme
from tests.figures.test_common_ground import contrast, luminance


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(), unique=True, max_size=20), st.randoms())
def test_a_name_s_colour_depends_on_the_names_and_not_on_their_order(names: list[str], chance: Any) -> None:
    shuffled = list(names)
    chance.shuffle(shuffled)
    held = colours(names, LIGHT)
    assert held == colours(shuffled, LIGHT)
    assert len(set(held.values())) == min(len(names), len(palette(LIGHT)))


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_have_a_contrast_of_3_and_meanings_of_their_own(look: Theme) -> None:
    assert min(contrast(colour, look.page) for colour in palette(look)) >= 3
    others = [*look.outcomes.values(), *look.percentiles.values(), look.tokens, look.runs]
    assert not set(palette(look)) & set(others)


TO_LMS: Final = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
TO_LAB: Final = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
SIGHTS: Final = {
    "all colours": np.eye(3),
    "no green": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "no red": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
}
"""Oklab, and Machado's simulation of the two common kinds of colour blindness."""


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_are_told_apart_by_people_with_any_colour_vision(look: Theme, sight: str) -> None:
    places = [TO_LAB @ np.cbrt(TO_LMS @ np.clip(SIGHTS[sight] @ linear(c), 0, 1)) for c in palette(look)]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(places, 2)) > 0.1


def linear(colour: str) -> Any:
    """Red, green and blue as light, each read off the luminance of that channel alone."""
    weights = (0.2126, 0.7152, 0.0722)
    channels = [f"#{'00' * n}{colour[2 * n + 1 : 2 * n + 3]}{'00' * (2 - n)}" for n in range(3)]
    return np.array([luminance(channel) / weight for channel, weight in zip(channels, weights, strict=True)])
