"""The production shape: settings that refuse to start half-configured, and compose's commands."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.processes import environment, running, wait_until

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PRODUCTION = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": "k" * 25 + "0123456789-abcdefghijklmnopqrstuvwxyz",
    "DATABASE_URL": "postgres://rkpd:x@127.0.0.1:1/rkpd",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "konsultasi.example.go.id",
    "SITE_URL": "https://konsultasi.example.go.id",
    "EMAIL_URL": "smtp+tls://user:password@127.0.0.1:587",
    "DEFAULT_FROM_EMAIL": "Konsultasi RKPD <konsultasi@example.go.id>",
}


def start_with(**changes: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` under production settings with some of them changed."""
    env = {"PATH": os.environ["PATH"], **PRODUCTION, **changes}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "PORTAL_MODE"])
def test_production_refuses_to_start_without(name: str) -> None:
    result = start_with(**{name: ""})

    assert result.returncode != 0
    assert f"{name} is not set: give " in result.stderr


def test_production_refuses_a_short_key_and_exempt_accounts() -> None:
    result = start_with(SECRET_KEY="short", MFA_EXEMPT_EMAILS="admin@kalteng.example")

    assert "SECRET_KEY is too short" in result.stderr
    assert "MFA_EXEMPT_EMAILS is for local demonstrations only" in result.stderr


def test_production_starts_when_everything_is_given() -> None:
    assert start_with().returncode == 0


def test_demonstration_refuses_to_load_in_production() -> None:
    env = {"PATH": os.environ["PATH"], **PRODUCTION}
    command = [sys.executable, "manage.py", "load_demonstration"]
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    assert result.returncode != 0
    assert "this is production" in result.stderr


def test_compose_runs_every_part_and_keeps_what_must_last() -> None:
    services = COMPOSE["services"]

    assert set(services) == {"db", "broker", "migrate", "web", "worker", "beat", "proxy"}
    for name, service in services.items():
        assert service.get("restart") == ("no" if name == "migrate" else "unless-stopped")
        assert name == "migrate" or "healthcheck" in service, name
    for name in ("migrate", "web", "worker", "beat"):
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
    assert "env_file" not in services["proxy"]
    assert set(services["proxy"]["environment"]) == {"SITE_URL"}
    assert set(COMPOSE["volumes"]) == {"certificates", "database", "media", "proxy", "queue"}


# The very commands of docker-compose.yml ------------------------------------------------------


def production_environment(tmp_path: Path, port: int) -> dict[str, str]:
    """Production settings that point to the test's own database and broker."""
    own = environment(VAR_DIR=str(tmp_path), GRANIAN_HOST="127.0.0.1", GRANIAN_PORT=str(port))
    kept = {name: own[name] for name in ("DATABASE_URL", "REDIS_URL")}
    return {**own, **PRODUCTION, **kept, "MFA_EXEMPT_EMAILS": ""}


def command_of(service: str, tmp_path: Path) -> list[str]:
    return [part.replace("/tmp", str(tmp_path)) for part in COMPOSE["services"][service]["command"]]


def is_healthy(service: str, env: dict[str, str], tmp_path: Path) -> bool:
    """What the service's health check in docker-compose.yml says."""
    test = COMPOSE["services"][service]["healthcheck"]["test"]
    if test[0] == "CMD-SHELL":
        command = ["/bin/sh", "-c", test[1].replace("$$", "$").replace("/tmp", str(tmp_path))]
    else:
        command = test[1:]
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
    return result.returncode == 0


@pytest.fixture
def statics(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PORTAL_MODE": "local", "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(command, cwd=ROOT, env=env, check=True)


@pytest.mark.processes
def test_web_command_answers_behind_a_tls_proxy(
    transactional_db: Any, statics: None, tmp_path: Path, unused_tcp_port: int
) -> None:
    env = production_environment(tmp_path, unused_tcp_port)

    with running(command_of("web", tmp_path), env, tmp_path / "web.log"):
        wait_until(lambda: is_healthy("web", env, tmp_path), "a healthy web server")
        request = urllib.request.Request(f"http://127.0.0.1:{unused_tcp_port}/")
        request.add_header("Host", PRODUCTION["ALLOWED_HOSTS"])
        request.add_header("X-Forwarded-Proto", "https")
        with urllib.request.urlopen(request, timeout=20) as page:
            assert page.status == 200
            assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
            assert "'unsafe" not in page.headers["Content-Security-Policy"]


@pytest.mark.processes
@pytest.mark.parametrize(("service", "begins"), [("worker", "ready."), ("beat", "Starting...")])
def test_background_command_becomes_healthy_and_stops(
    service: str, begins: str, transactional_db: Any, tmp_path: Path, unused_tcp_port: int
) -> None:
    env, log = production_environment(tmp_path, unused_tcp_port), tmp_path / "log"

    with running(command_of(service, tmp_path), env, log) as process:
        wait_until(lambda: begins in log.read_text(), f"the {service} to begin")
        wait_until(lambda: is_healthy(service, env, tmp_path), f"a healthy {service}")

    assert process.returncode == 0


def test_migrate_command_runs_under_production_settings(
    transactional_db: Any, tmp_path: Path, unused_tcp_port: int
) -> None:
    env = production_environment(tmp_path, unused_tcp_port)

    result = subprocess.run(
        command_of("migrate", tmp_path), cwd=ROOT, env=env, capture_output=True, check=False
    )

    assert result.returncode == 0, result.stderr


def test_an_unhealthy_web_server_is_reported(db: Any, tmp_path: Path, unused_tcp_port: int) -> None:
    env = production_environment(tmp_path, unused_tcp_port)

    assert not is_healthy("web", env, tmp_path)
