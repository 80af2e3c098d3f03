"""Owns `analytics-dash demo`: the simulated API and the dashboard over it, one address to open."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from urllib.parse import urlencode

from analytics_dash.commands import serve
from analytics_dash.demo.server import DEMO_API_KEY, DEMO_PASSWORD, DEMO_USERNAME, DemoServer
from analytics_dash.demo.world import build_world


def run(arguments: argparse.Namespace) -> int:
    """Run both until stopped."""
    serve.heed_service_manager()
    serve.check_port(arguments.host, arguments.port)
    sys.stderr.write("Making up ninety days of runs ...\n")
    world = build_world(seed=arguments.seed, now=datetime.now(UTC))
    with DemoServer(world, port=arguments.api_port, latency_s=arguments.latency_ms / 1000) as api:
        environment = {
            "ANALYTICS_DASH_API_URL": api.url,
            "ANALYTICS_DASH_TOKEN_URL": "token",
            "ANALYTICS_DASH_ORG": world.organization_id,
        }
        dashboard = serve.start(host=arguments.host, port=arguments.port, environment=environment)
        base = f"http://{serve.shown_host(arguments.host)}:{arguments.port}"
        try:
            serve.wait_until_up(dashboard, host=arguments.host, port=arguments.port)
        except BaseException:
            dashboard.terminate()
            raise
        _tell(f"{base}/?{urlencode({'org': world.organization_id, 'flow': world.flows[0].id})}", api.url)
        return serve.wait(dashboard)


def _tell(address: str, api_url: str) -> None:
    sys.stdout.write(
        f"\n  Open      {address}\n  Username  {DEMO_USERNAME}\n  Password  {DEMO_PASSWORD}\n"
        f"  API key   {DEMO_API_KEY}\n\nThe simulated API is at {api_url}. Stop both with Ctrl-C.\n"
    )
    sys.stdout.flush()
