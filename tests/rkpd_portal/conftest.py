"""The web server as its commands start it, alone and behind the proxy of production."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rkpd_portal.localstack import portal
from rkpd_portal.localstack.folder import Folder
from tests.processes import ROOT, answers, environment, running, wait_until
from tests.proxy import proxy


@pytest.fixture
def web_of_run(transactional_db: Any, tmp_path: Path, unused_tcp_port: int) -> Iterator[str]:
    """The web server as bin/run starts it."""
    address = f"http://127.0.0.1:{unused_tcp_port}"
    env = environment(SITE_URL=address)
    child = portal.web(Folder(tmp_path), env, unused_tcp_port)
    with running([str(part) for part in child.command], dict(child.environment), child.log):
        wait_until(lambda: answers(f"{address}/healthz"), "the web server")
        yield address


@pytest.fixture
def web_of_compose(transactional_db: Any, tmp_path: Path) -> Iterator[str]:
    """The web server as docker-compose.yml starts it, behind a proxy."""
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["web"]
    port = free_port()
    own = {"GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(port), "TRUSTED_PROXY_COUNT": "1"}
    env = environment() | service["environment"] | own
    with running(service["command"], env, tmp_path / "web.log"):
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the web server")
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def proxied(web_of_compose: str, tmp_path: Path) -> Iterator[str]:
    """The proxy of docker-compose.yml, before its web server."""
    with proxy(free_port(), web_of_compose, tmp_path) as address:
        yield address


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
