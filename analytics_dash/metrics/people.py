"""Owns who counts as a user: whoever has a `user_id` that says something."""

from __future__ import annotations

from typing import Final

USER_SQL: Final = "nullif(user_id, '')"
"""A run's user; NULL for none, and for an ID that is empty."""
USERS_SQL: Final = f"count(DISTINCT {USER_SQL})"
"""How many users runs have."""
