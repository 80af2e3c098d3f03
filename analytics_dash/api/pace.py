"""Owns how many requests are in the air: more while that brings more, half as many when told to slow down."""

from __future__ import annotations

from typing import Final

FIRST_WIDTH: Final = 4  # enough to hide a round trip, few enough for a server that allows little
GROWTH: Final = 1.05  # throughput must rise by a twentieth for another request in the air to be worth it
LOOK_AGAIN_AFTER: Final = 12  # rounds without growth after which one more is tried: servers recover


class Pace:
    """An additive-increase, multiplicative-decrease window; instants come from the caller's clock."""

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self.width = min(FIRST_WIDTH, ceiling)
        self._best = 0.0
        self._landed = 0
        self._round_began: float | None = None
        self._flat_rounds = 0
        self._halved_at = float("-inf")

    def landed(self, at: float) -> None:
        """Note one answered request; a round is as many as fit in the window."""
        if self._round_began is None:
            self._round_began = at
            return
        self._landed += 1
        if self._landed >= self.width:
            self._judge(self._landed / max(at - self._round_began, 1e-9))
            self._landed, self._round_began = 0, at

    def _judge(self, rate: float) -> None:
        self._flat_rounds += 1
        if rate > self._best * GROWTH or self._flat_rounds >= LOOK_AGAIN_AFTER:
            self._best = max(self._best, rate)
            self.width = min(self.width + 1, self._ceiling)
            self._flat_rounds = 0

    def throttled(self, *, launched_at: float, at: float) -> None:
        """Note a refusal for haste; those launched before the last halving belong to the same burst."""
        if launched_at < self._halved_at:
            return
        self.width = max(1, self.width // 2)
        self._best, self._landed, self._round_began, self._flat_rounds = 0.0, 0, None, 0
        self._halved_at = at
