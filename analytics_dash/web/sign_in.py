"""Owns the ways in: a password or an API key becomes a sign-in with a workspace of its own."""

from __future__ import annotations

from pydantic import SecretStr

from analytics_dash.api.auth import Auth, api_key, sign_in
from analytics_dash.api.client import Client
from analytics_dash.errors import CredentialsRefused, SignInExpired
from analytics_dash.settings import Settings
from analytics_dash.store.workspace import Workspace
from analytics_dash.web.sessions import SignIn, sign_ins


def with_password(username: str, password: SecretStr, *, settings: Settings) -> SignIn:
    """A sign-in through the password grant; raises SignInError or ApiError. The password is not kept."""
    if not username.strip() or not password.get_secret_value():
        raise CredentialsRefused("Enter both a username and a password.")
    return _begin(sign_in(username.strip(), password, settings=settings), username.strip(), settings)


def with_api_key(key: SecretStr, *, settings: Settings) -> SignIn:
    """A sign-in with an API key, tried on the organization's summary where the server has one."""
    if not key.get_secret_value().strip():
        raise CredentialsRefused("Enter an API key.")
    auth = api_key(SecretStr(key.get_secret_value().strip()))
    try:
        with Client(auth, settings=settings) as client:
            client.organization_summary()
    except SignInExpired as error:
        raise CredentialsRefused("The API does not accept this key. Check it, or ask whoever made it.") from error
    return _begin(auth, "API key", settings)


def _begin(auth: Auth, label: str, settings: Settings) -> SignIn:
    workspace = Workspace(auth, settings=settings)
    return sign_ins().begin(label, workspace, idle_s=settings.session_idle_s, absolute_s=settings.session_absolute_s)
