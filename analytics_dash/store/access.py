"""Owns whether one sign-in may see a flow's stored rows: only once, and only while, the API answers its own token."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from analytics_dash.errors import AnalyticsDashError, Forbidden, NotFound, SignInError

ASK_AGAIN_S: Final = 300.0  # how soon a right that was withdrawn is noticed
LASTS_S: Final = 900.0  # an API that does not answer for so long ends the right: it may have been withdrawn
WITHDRAWN: Final = (Forbidden, NotFound, SignInError)


class Access:
    """One sign-in's right to one flow, asked of the API with its own token; fresh answers of readings count too."""

    def __init__(self, ask: Callable[[], object], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._granted_at: float | None = None
        self._asking: threading.Thread | None = None
        self.refusal: AnalyticsDashError | None = None

    @property
    def is_granted(self) -> bool:
        """Whether rows may be shown now; asks again in the background where the last answer is old."""
        with self._lock:
            age = self._clock() - self._granted_at if self._granted_at is not None else None
        if age is not None and age > ASK_AGAIN_S:
            self.begin()
        return age is not None and age <= LASTS_S

    def grant(self) -> None:
        """Note that the API has answered this sign-in for this flow just now."""
        with self._lock:
            self._granted_at, self.refusal = self._clock(), None

    def withdraw(self, error: AnalyticsDashError) -> None:
        """Note that the API has refused."""
        with self._lock:
            self._granted_at, self.refusal = None, error

    def begin(self) -> None:
        """Ask, unless it is being asked already."""
        with self._lock:
            if self._asking is not None and self._asking.is_alive():
                return
            self._asking = threading.Thread(target=self._find_out, name="analytics-dash-access", daemon=True)
            self._asking.start()

    def wait(self, timeout_s: float) -> None:
        """Wait for the answer that is on its way."""
        with self._lock:
            asking = self._asking
        if asking is not None:
            asking.join(timeout_s)

    @property
    def is_asking(self) -> bool:
        """Whether an answer is on its way."""
        with self._lock:
            return self._asking is not None and self._asking.is_alive()

    def _find_out(self) -> None:
        try:
            self._ask()
        except AnalyticsDashError as error:
            if isinstance(error, WITHDRAWN):
                self.withdraw(error)
            else:
                self.refusal = error
        else:
            self.grant()
