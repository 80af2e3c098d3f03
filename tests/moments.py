"""The moment at which the tests' simulated API stands: this run's, so that presets such as “30d” always hold runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

NOW: Final = datetime.now(UTC).replace(microsecond=0)
