"""The proxy of docker-compose.yml for tests: a real Caddy, on the Caddyfile of production."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import ROOT, answers, running, wait_until

REQUEST_BUFFERS = (2, 6, 3)  # the first Caddy with request_buffers; Debian 12 has 2.6.2
needs_caddy = pytest.mark.skipif(
    not os.environ.get("CADDY"),
    reason=os.environ.get("NO_CADDY") or "CADDY does not name a Caddy; use bin/test.",
)


@contextmanager
def proxy(port: int, upstream: str, folder: Path) -> Iterator[str]:
    """Caddy before the web server at `upstream`; gives its address once it answers."""
    address = f"http://127.0.0.1:{port}"
    file = folder / "Caddyfile"
    file.write_text(caddyfile(upstream.removeprefix("http://")))
    command = [os.environ["CADDY"], "run", "--adapter", "caddyfile", "--config", str(file)]
    own = {"SITE_URL": address, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with running(command, own | {"XDG_CONFIG_HOME": str(folder)}, folder / "caddy.log"):
        wait_until(lambda: answers(f"{address}/healthz"), "the proxy")
        yield address


def caddyfile(upstream: str) -> str:
    """Production's, for this computer only. SITE_URL begins with http://, so there is no TLS."""
    changes = {
        "web:8000": upstream,
        "\n{\n": "\n{\n\tadmin off\n\tdefault_bind 127.0.0.1\n",
    }
    if version() < REQUEST_BUFFERS:
        changes["request_buffers"] = "buffer_requests\n\t\tmax_buffer_size"
    text = (ROOT / "Caddyfile").read_text()
    for production, ours in changes.items():
        assert text.count(production) == 1, production
        text = text.replace(production, ours)
    return text


def version() -> tuple[int, ...]:
    said = subprocess.run(
        [os.environ["CADDY"], "version"], capture_output=True, text=True, check=True
    )
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", said.stdout)
    assert found, said.stdout
    return tuple(int(part) for part in found.groups())
