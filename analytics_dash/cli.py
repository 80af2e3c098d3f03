"""Owns the command line: `demo | serve | export | sync | store`, its exit codes, and what goes to which stream."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from analytics_dash.errors import AnalyticsDashError, Cancelled, FilterError, SettingsError, SignInError, StoreError

USAGE: Final = 2
SIGN_IN_REFUSED: Final = 3
API_FAILED: Final = 4
STORE_FAILED: Final = 6
INTERRUPTED: Final = 130  # what a shell says of a program that Ctrl-C ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it ended, stderr says why."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (SettingsError, FilterError) as error:
        return _told(error, USAGE)
    except SignInError as error:
        return _told(error, SIGN_IN_REFUSED)
    except StoreError as error:
        return _told(error, STORE_FAILED)
    except AnalyticsDashError as error:
        return _told(error, INTERRUPTED if isinstance(error, Cancelled) else API_FAILED)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        return INTERRUPTED


def _told(error: Exception, code: int) -> int:
    sys.stderr.write(f"analytics-dash: {error}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="analytics-dash",
        description="A dashboard over the runs of StackAI flows, and its exports.",
        epilog="Settings come from ANALYTICS_DASH_* variables or .streamlit/secrets.toml. Exit codes: 0 done, 2 usage, "
        "3 sign-in refused, 4 API failed, 5 done with rows set aside, 6 the store cannot be used.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_demo(commands.add_parser("demo", help="the dashboard over a simulated API on this machine"))
    _add_serve(commands.add_parser("serve", help="the dashboard over the API named in the settings"))
    _add_export(commands.add_parser("export", help="all runs of a flow as CSV"))
    _add_sync(commands.add_parser("sync", help="bring a flow's runs into the store, so that it opens at once"))
    _add_store(commands.add_parser("store", help="what the store holds, and emptying it"))
    return parser


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=_port, default=8501, help="port of the dashboard (default: 8501)")
    parser.set_defaults(run=_serve)


def _add_demo(parser: argparse.ArgumentParser) -> None:
    _add_serve(parser)
    parser.add_argument("--api-port", type=_port, default=0, help="port of the simulated API (default: a free one)")
    parser.add_argument("--seed", type=int, default=7, help="another seed makes other runs (default: 7)")
    parser.add_argument("--latency-ms", type=int, default=0, help="delay of every answer of the API (default: 0)")
    parser.set_defaults(run=_demo)


def _add_sync(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--org", required=True, help="organization ID")
    parser.add_argument("--flow", required=True, help="flow ID")
    parser.add_argument("--start", metavar="ISO", help="first instant (default: 90 days before the end)")
    parser.add_argument("--end", metavar="ISO", help="the instant before which runs are taken (default: now)")
    parser.add_argument(
        "--everything", action="store_true", help="read the whole range again, not only what is missing"
    )
    parser.set_defaults(run=_sync)


def _add_store(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    status = actions.add_parser("status", help="where the store is, its size, and what it holds of each flow")
    status.set_defaults(run=_store_status)
    clear = actions.add_parser("clear", help="remove one flow, an organization's flows, or the whole store")
    clear.add_argument("--org", help="only this organization's flows")
    clear.add_argument("--flow", help="only this flow")
    clear.add_argument("--yes", action="store_true", help="do not ask")
    clear.set_defaults(run=_store_clear)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--org", required=True, help="organization ID")
    parser.add_argument("--flow", required=True, help="flow ID")
    parser.add_argument("--start", metavar="ISO", help="first instant, such as 2026-11-01 or 2026-11-01T08:00:00+01:00")
    parser.add_argument("--end", metavar="ISO", help="the instant before which runs are taken; no zone means UTC")
    parser.add_argument("--user-id", metavar="U", help="only this user's runs")
    parser.add_argument("--state", metavar="S", nargs="+", action="extend", default=[], help="only these states")
    parser.add_argument("--output", metavar="FILE", default="-", help="a file, or - for standard output (default)")
    parser.add_argument("--excel", action="store_true", help="begin with a byte-order mark, so that Excel reads UTF-8")
    parser.add_argument("--raw", action="store_true", help="leave text as it is, even where a spreadsheet would run it")
    parser.set_defaults(run=_export)


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _export(arguments: argparse.Namespace) -> int:
    from analytics_dash.commands import export  # the commands' own imports cost a second: only the one that runs pays

    return export.run(arguments)


def _serve(arguments: argparse.Namespace) -> int:
    from analytics_dash.commands import serve

    return serve.run(host=arguments.host, port=arguments.port)


def _demo(arguments: argparse.Namespace) -> int:
    from analytics_dash.commands import demo

    return demo.run(arguments)


def _sync(arguments: argparse.Namespace) -> int:
    from analytics_dash.commands import sync

    return sync.run(arguments)


def _store_status(arguments: argparse.Namespace) -> int:
    from analytics_dash.commands import store

    return store.status(arguments)


def _store_clear(arguments: argparse.Namespace) -> int:
    from analytics_dash.commands import store

    return store.clear(arguments)


if __name__ == "__main__":
    sys.exit(main())
