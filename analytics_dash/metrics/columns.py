"""Owns the column names of every small table that a metric hands to a figure."""

from __future__ import annotations

from typing import Final

from analytics_dash.runs.dimension import VALUE
from analytics_dash.runs.outcome import Outcome

START: Final = "start"
END: Final = "end"
PARTIAL: Final = "partial"
RUNS: Final = "runs"
LATENCY_RUNS: Final = "latency_runs"
P50: Final = "p50_s"
P95: Final = "p95_s"
P99: Final = "p99_s"
FEW: Final = "few"
TOKENS: Final = "tokens"
RATE: Final = "rate"
LOW: Final = "low"
HIGH: Final = "high"

PERCENTILES: Final = (P50, P95, P99)
OUTCOMES: Final = tuple(str(outcome) for outcome in Outcome)
"""One column of counts per outcome, named by its value, in the order charts stack them."""
TIME_COLUMNS: Final = (START, END, PARTIAL)
LATENCY_COLUMNS: Final = (*TIME_COLUMNS, RUNS, LATENCY_RUNS, *PERCENTILES, FEW)
TOKEN_COLUMNS: Final = (*TIME_COLUMNS, RUNS, TOKENS)
FAILURE_COLUMNS: Final = (*TIME_COLUMNS, *OUTCOMES, RATE, LOW, HIGH)

PART: Final = "part"
TITLE: Final = "title"
PROVIDER: Final = "provider"
MODEL: Final = "model"
INPUT: Final = "input_tokens"
OUTPUT: Final = "output_tokens"
UNSPLIT: Final = "unsplit_tokens"
NOT_ATTRIBUTED: Final = "not_attributed_tokens"
UNPRICED: Final = "unpriced_tokens"
COST: Final = "cost_usd"
COST_HIGH: Final = "cost_high_usd"
SHARE: Final = "share"
CUMULATIVE: Final = "cumulative_share"
SPENT: Final = "spent"
MEDIAN: Final = "median"
MEASURES: Final = (RUNS, TOKENS, INPUT, OUTPUT, UNSPLIT, NOT_ATTRIBUTED, UNPRICED, COST, COST_HIGH)
"""What the parts of a spend add up; tokens are input, output, unsplit and not attributed together."""
SPEND_COLUMNS: Final = (*TIME_COLUMNS, PART, VALUE, TITLE, *MEASURES, SHARE)
SPENDER_COLUMNS: Final = (PART, VALUE, TITLE, *MEASURES, SHARE, CUMULATIVE)
PROJECTION_COLUMNS: Final = (START, END, SPENT, LOW, MEDIAN, HIGH)
MODEL_COLUMNS: Final = (PROVIDER, MODEL, TOKENS, INPUT, OUTPUT, UNSPLIT)

P75: Final = "p75_s"
P90: Final = "p90_s"
MAX_S: Final = "max_s"
LATENCY_S: Final = "latency_s"
WITHIN: Final = "within"
LOW_S: Final = "low_s"
HIGH_S: Final = "high_s"
LOW_TOKENS: Final = "low_tokens"
HIGH_TOKENS: Final = "high_tokens"
DIMENSION: Final = "dimension"
SELECTED: Final = "selected"
REST: Final = "rest"
SELECTED_SHARE: Final = "selected_share"
REST_SHARE: Final = "rest_share"
DIFFERENCE: Final = "difference"
LIFT: Final = "lift"
ADJUSTED_P: Final = "adjusted_p"
HEATMAP_COLUMNS: Final = (START, END, LOW_S, HIGH_S, RUNS)
BIN_COLUMNS: Final = (LOW_S, HIGH_S, RUNS)
THRESHOLD_COLUMNS: Final = (*TIME_COLUMNS, RUNS, LATENCY_RUNS, WITHIN, RATE, LOW, HIGH)
LATENCY_VALUE_COLUMNS: Final = (VALUE, TITLE, RUNS, LATENCY_RUNS, P50, P95, P99, MAX_S, FEW)
TOKEN_CELL_COLUMNS: Final = (LOW_TOKENS, HIGH_TOKENS, LOW_S, HIGH_S, RUNS)
TOKEN_MEDIAN_COLUMNS: Final = (LOW_TOKENS, HIGH_TOKENS, RUNS, P50, FEW)
COMMON_VALUE_COLUMNS: Final = (
    DIMENSION, VALUE, TITLE, SELECTED, REST, SELECTED_SHARE, REST_SHARE, DIFFERENCE, LIFT, ADJUSTED_P,
)  # fmt: skip
"""SHAREs, RATEs and the DIFFERENCE are of 1; a bin is [low, high), with an infinite bound where it is open."""

USERS: Final = "users"
UNFINISHED: Final = str(Outcome.UNFINISHED)
LAST_SEEN: Final = "last_seen"
RUNS_THEN: Final = "runs_then"
CHANGE: Final = "change"
WEEKDAY: Final = "weekday"
HOUR: Final = "hour"
HOURS: Final = "hours"
DAY: Final = "day"
CARD_COLUMNS: Final = (*TIME_COLUMNS, RUNS, RATE, P50, P95, TOKENS, USERS, UNFINISHED)
BREAKDOWN_COLUMNS: Final = (
    VALUE, TITLE, RUNS, SHARE, str(Outcome.FAILED), str(Outcome.SUCCEEDED), RATE, LOW, HIGH, LATENCY_RUNS, P50, P95,
    FEW, TOKENS, USERS, LAST_SEEN, RUNS_THEN, CHANGE,
)  # fmt: skip
CALENDAR_COLUMNS: Final = (
    WEEKDAY, HOUR, HOURS, RUNS, str(Outcome.FAILED), str(Outcome.SUCCEEDED), RATE, LATENCY_RUNS, P95, FEW,
)  # fmt: skip
"""WEEKDAY counts from 0 for Monday, HOUR from 0; HOURS is how much of the range falls into the cell."""

FAILED: Final = str(Outcome.FAILED)
SUCCEEDED: Final = str(Outcome.SUCCEEDED)
GROUP: Final = "error_group"
TEMPLATE: Final = "template"
FIRST_SEEN: Final = "first_seen"
SEEN_BEFORE: Final = "seen_before"
IS_NEW: Final = "is_new"
IS_BACK: Final = "is_back"
EXAMPLE_RUN: Final = "example_run_id"
EXAMPLE: Final = "example"
PER_BUCKET: Final = "per_bucket"
DIFFERS: Final = "differs"
USER: Final = "user_id"
FAILURES_SINCE: Final = "failures_since"
FIRST_FAILURE: Final = "first_failure"
LAST_FAILURE: Final = "last_failure"
LAST_RUN: Final = "last_run_id"
ERROR_GROUP_COLUMNS: Final = (
    GROUP, TEMPLATE, RUNS, SHARE, USERS, FIRST_SEEN, LAST_SEEN, SEEN_BEFORE, IS_NEW, IS_BACK, EXAMPLE_RUN, EXAMPLE,
    PER_BUCKET,
)  # fmt: skip
FAILURE_VALUE_COLUMNS: Final = (PART, VALUE, TITLE, FAILED, SUCCEEDED, RATE, LOW, HIGH, ADJUSTED_P, DIFFERS)
BROKEN_USER_COLUMNS: Final = (
    USER, FAILURES_SINCE, FIRST_FAILURE, LAST_FAILURE, LAST_RUN, GROUP, TEMPLATE, RUNS,
)  # fmt: skip
