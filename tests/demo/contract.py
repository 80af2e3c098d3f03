"""The OpenAPI document as something answers can be checked against."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

DOCUMENT = Path(__file__).parents[1] / "api" / "analytics-openapi.yaml"
RUNS_PATH = "/analytics/org/{org_id}/flows/{flow_id}"
FORMATS = FormatChecker(("uuid",))


@FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    """JSON Schema's date-time has a zone; the library checks it only with a package that is not needed otherwise."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@cache
def document() -> dict[str, Any]:
    """The parsed document."""
    parsed: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text("utf-8"))
    return parsed


def faults(body: object, path: str, method: str, status: int) -> list[str]:
    """What is wrong with an answer's body by the document; nothing where it fits."""
    return [f"{error.json_path}: {error.message}" for error in _validator(path, method, status).iter_errors(body)]


@cache
def _validator(path: str, method: str, status: int) -> Draft202012Validator:
    response = document()["paths"][path][method]["responses"][str(status)]
    if "$ref" in response:
        response = document()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": document()["components"]}, format_checker=FORMATS)
