"""Every error the product raises, under one root; each message is a sentence for the person who reads it.

AnalyticsDashError
├── SettingsError            a setting is missing or wrong
├── FilterError              a filter or a link holds a value that cannot be used
├── NoteRefused              a note on a date cannot be kept as it is
├── Cancelled                the person asked to stop
├── StoreError               the local store cannot be used
├── SignInError              the API does not let this person in
│   ├── CredentialsRefused   wrong username, password or API key
│   └── SignInExpired        the token died and cannot be renewed here: sign in again and go on
└── ApiError                 the API could not be used
    ├── Unreachable          no connection: wrong host, refused, reset
    │   └── TlsFailure       the connection is not trusted
    ├── TooSlow              no answer in time, or the overall deadline has passed
    ├── Forbidden            403: this organization or flow is not this person's to see
    ├── NotFound             404: no such organization, flow or path
    ├── RequestRefused       422 or another 4xx: names the parameter that is wrong
    ├── ServerTrouble        429 or 5xx that did not pass
    └── UnexpectedAnswer     not JSON, or JSON of another shape
"""

from __future__ import annotations


class AnalyticsDashError(Exception):
    """The root: catch this and show `str(error)`, which says what happened and what to do next."""


class SettingsError(AnalyticsDashError):
    """A setting is missing or wrong."""


class FilterError(AnalyticsDashError):
    """A filter or a link holds a value that cannot be used."""


class NoteRefused(AnalyticsDashError):
    """A note on a date cannot be kept as it is."""


class Cancelled(AnalyticsDashError):
    """The person asked to stop."""


class SignInError(AnalyticsDashError):
    """The API does not let this person in."""


class CredentialsRefused(SignInError):
    """Wrong username, password or API key."""


class SignInExpired(SignInError):
    """The token died and cannot be renewed here: sign in again and go on."""


class StoreError(AnalyticsDashError):
    """The local store cannot be used."""


class ApiError(AnalyticsDashError):
    """The API could not be used."""


class Unreachable(ApiError):
    """No connection: wrong host, refused, reset."""


class TlsFailure(Unreachable):
    """The connection is not trusted."""


class TooSlow(ApiError):
    """No answer in time, or the overall deadline has passed."""


class Forbidden(ApiError):
    """403: this organization or flow is not this person's to see."""


class NotFound(ApiError):
    """404: no such organization, flow or path."""


class RequestRefused(ApiError):
    """422 or another 4xx; `parameters` names what the server found wrong, most specific part of each `loc`."""

    def __init__(self, message: str, *, parameters: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.parameters = parameters


class ServerTrouble(ApiError):
    """429 or 5xx that did not pass; `status` is the last HTTP status seen."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class UnexpectedAnswer(ApiError):
    """Not JSON, or JSON of another shape."""
