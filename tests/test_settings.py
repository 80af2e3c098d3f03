"""Settings: the environment before the file before the defaults, and faults in the words of whoever set them."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics_dash.errors import SettingsError
from analytics_dash.settings import IN_MEMORY, SECRETS_FILE, load_settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("analytics_dash.settings.SECRETS_FILE", SECRETS_FILE)
    (tmp_path / ".streamlit").mkdir()
    return tmp_path


def test_without_settings_it_is_the_vendor_s_api() -> None:
    settings = load_settings()
    assert (settings.api_url, settings.token_endpoint) == ("https://api.stack-ai.com", "https://api.stack-ai.com/token")


@pytest.mark.parametrize(
    ("token_url", "endpoint"),
    [
        ("token", "https://runs.example.com/v1/token"),
        ("/oauth/token", "https://runs.example.com/oauth/token"),
        ("https://login.example.com/token", "https://login.example.com/token"),
    ],
)
def test_the_token_address_is_relative_to_the_api_or_absolute(token_url: str, endpoint: str) -> None:
    assert load_settings(api_url="https://runs.example.com/v1/", token_url=token_url).token_endpoint == endpoint


@pytest.mark.parametrize(
    "document",
    ['ANALYTICS_DASH_API_URL = "https://file.example.com"', '[analytics_dash]\napi_url = "https://file.example.com"'],
)
def test_the_environment_comes_before_the_secrets_file(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    (elsewhere / ".streamlit/secrets.toml").write_text(document, "utf-8")
    assert load_settings().api_url == "https://file.example.com"
    monkeypatch.setenv("ANALYTICS_DASH_API_URL", "https://env.example.com")
    assert load_settings().api_url == "https://env.example.com"


@pytest.mark.parametrize(
    "url",
    [
        "runs.example.com",
        "ftp://runs.example.com",
        "https://user:hush@runs.example.com",
        "https://runs.example.com?a=1",
    ],
)
def test_an_address_that_cannot_be_one_is_told_by_the_variable_s_name_and_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match="ANALYTICS_DASH_API_URL must be") as caught:
        load_settings(api_url=url)
    assert url not in str(caught.value)


def test_a_secrets_file_that_is_no_toml_is_told_by_name(elsewhere: Path) -> None:
    (elsewhere / ".streamlit/secrets.toml").write_text("api_url = ", "utf-8")
    with pytest.raises(SettingsError, match=r"secrets\.toml cannot be read"):
        load_settings()


def test_secrets_are_in_no_text_of_the_settings() -> None:
    settings = load_settings(password="pass-sentinel", api_key="key-sentinel", client_secret="client-sentinel")
    assert "sentinel" not in repr(settings) + str(settings)


@pytest.mark.parametrize("text", ["memory", ":memory:", " Memory "])
def test_a_store_in_memory_is_asked_for_by_a_word(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ANALYTICS_DASH_DATA_DIR", text)
    assert load_settings().data_dir == IN_MEMORY


@pytest.mark.parametrize(
    ("text", "folder"),
    [("~/runs", Path.home() / "runs"), ("/data/runs", Path("/data/runs")), ("./memory/x", "memory/x")],
)
def test_any_other_text_is_the_folder_of_the_store(
    monkeypatch: pytest.MonkeyPatch, text: str, folder: str | Path
) -> None:
    monkeypatch.setenv("ANALYTICS_DASH_DATA_DIR", text)
    assert load_settings().data_dir == Path(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [("retention_days", 0), ("live_every_s", 1.9), ("store_memory", "plenty"), ("store_memory", "512MB'; DROP")],
)
def test_a_store_setting_that_cannot_be_one_is_told_by_the_variable_s_name(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"ANALYTICS_DASH_{name.upper()}"):
        load_settings(**{name: value})


def test_by_default_texts_are_stored_and_nothing_is_let_go() -> None:
    settings = load_settings()
    assert (settings.store_texts, settings.retention_days, settings.live_every_s) == (True, None, 15)
    assert load_settings(retention_days=1, live_every_s=2, store_memory="1.5 GiB").store_memory == "1.5 GiB"
