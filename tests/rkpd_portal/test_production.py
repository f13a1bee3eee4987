"""The production shape: settings that refuse to start half-configured, and compose's commands."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery import current_app
from django.conf import settings

from rkpd_portal import production
from rkpd_portal.localstack import portal
from rkpd_portal.localstack.folder import Folder
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
    "TRUSTED_PROXY_COUNT": "1",
}


def start_with(**changes: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` under production settings with some of them changed."""
    env = {"PATH": os.environ["PATH"], **PRODUCTION, **changes}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def faults(**changes: str) -> list[str]:
    return production.faults(lambda name: (PRODUCTION | changes).get(name, ""))


def test_production_names_every_fault_at_once_and_does_not_start() -> None:
    result = start_with(
        SECRET_KEY="short",
        DATABASE_URL="",
        ALLOWED_HOSTS="*",
        SITE_URL="http://konsultasi.example.go.id",
        EMAIL_URL="consolemail://",
        TRUSTED_PROXY_COUNT="",
        MFA_EXEMPT_EMAILS="admin@kalteng.example",
    )

    assert result.returncode != 0
    assert result.stderr.split("The portal cannot start.\n")[-1].splitlines() == [
        "SECRET_KEY is too short: give at least 50 random characters.",
        "DATABASE_URL is not set: give the PostgreSQL to use, "
        "postgres://user:password@host:5432/name.",
        "ALLOWED_HOSTS holds a wildcard: name each host in full, without * or a leading dot.",
        "SITE_URL does not begin with https:// and a host: give the address that people type, "
        "https://konsultasi.example.go.id.",
        "EMAIL_URL sends no mail: give the mail server, smtp+tls://user:password@host:587.",
        "TRUSTED_PROXY_COUNT is not set: give how many reverse proxies stand in front, "
        "1 for docker-compose.yml.",
        "MFA_EXEMPT_EMAILS is for local demonstrations only: remove it.",
    ]


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "PORTAL_MODE"])
def test_production_refuses_to_start_without(name: str) -> None:
    [fault] = faults(**{name: ""})

    assert fault.startswith(f"{name} is not set: give ")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", production.LOCAL_KEY, "is a placeholder"),
        ("SECRET_KEY", "django-insecure-" + PRODUCTION["SECRET_KEY"], "is a placeholder"),
        ("SECRET_KEY", "change-me-" * 6, "is a placeholder"),
        ("SECRET_KEY", "At least 50 random characters: python3 -c import", "is too short"),
        ("SECRET_KEY", "at-least-50-random-characters-for-this-province-2028", "is a placeholder"),
        ("SECRET_KEY", "x" * 64, "is a placeholder"),
        ("SECRET_KEY_FALLBACKS", f"{'k3y' * 30}abcdefgh,{production.LOCAL_KEY}", "a placeholder"),
        ("ALLOWED_HOSTS", "*", "holds a wildcard"),
        ("ALLOWED_HOSTS", "konsultasi.example.go.id, *", "holds a wildcard"),
        ("ALLOWED_HOSTS", "konsultasi.example.go.id,.id", "holds a wildcard"),
        ("ALLOWED_HOSTS", ".", "holds a wildcard"),
        ("SITE_URL", "http://konsultasi.example.go.id", "does not begin with https://"),
        ("SITE_URL", "konsultasi.example.go.id", "does not begin with https://"),
        ("SITE_URL", "https://", "does not begin with https://"),
        ("EMAIL_URL", "consolemail://", "sends no mail"),
        ("EMAIL_URL", "dummymail://", "sends no mail"),
        ("EMAIL_URL", "filemail:///tmp/mail", "sends no mail"),
        ("EMAIL_URL", "memorymail://", "sends no mail"),
        ("EMAIL_URL", "smtp+tls://", "sends no mail"),
        ("TRUSTED_PROXY_COUNT", "one", "is no number"),
        ("TRUSTED_PROXY_COUNT", "-1", "is no number"),
    ],
)
def test_production_refuses(name: str, value: str, sentence: str) -> None:
    [fault] = faults(**{name: value})

    assert fault.startswith(name)
    assert sentence in fault


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY_FALLBACKS", "0123456789-the-former-one-that-was-good"),
        ("ALLOWED_HOSTS", "konsultasi.example.go.id,10.0.0.5"),
        ("EMAIL_URL", "smtp://relay:25"),
        ("TRUSTED_PROXY_COUNT", "0"),
    ],
)
def test_production_accepts(name: str, value: str) -> None:
    assert faults(**{name: value}) == []


def test_env_example_marks_as_optional_what_the_portal_does_not_ask_for() -> None:
    required: set[str] = set()
    optional: set[str] = set()
    is_optional = False
    for line in (ROOT / ".env.example").read_text().splitlines():
        if line.startswith("#") or not line:
            is_optional = bool(line) and (is_optional or line.startswith("# Optional"))
        else:
            (optional if is_optional else required).add(line.split("=")[0])

    asked_by_compose = {
        "POSTGRES_PASSWORD",
        "OWNER_DATABASE_PASSWORD",
        "DATABASE_PASSWORD",
        "VALKEY_PASSWORD",
    }
    assert required == set(PRODUCTION) | asked_by_compose
    assert set(production.REQUIRED) == set(PRODUCTION) - {"PORTAL_MODE"}
    assert {"GOOGLE_CLIENT_ID", "SECRET_KEY_FALLBACKS", "PROVINCE"} <= optional


def test_env_example_counts_the_proxy_of_compose() -> None:
    example = (ROOT / ".env.example").read_text()

    assert COMPOSE["services"]["proxy"]["image"].startswith("caddy:")
    assert "\nTRUSTED_PROXY_COUNT=1\n" in example


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

    ours = {"migrate", "web", "worker", "reports", "beat"}
    assert set(services) == {"db", "broker", "proxy"} | ours
    for name, service in services.items():
        assert service.get("restart") == ("no" if name == "migrate" else "unless-stopped")
        assert name == "migrate" or "healthcheck" in service, name
    for name in ours:
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
    assert "env_file" not in services["proxy"]
    assert set(services["proxy"]["environment"]) == {"SITE_URL"}
    assert set(COMPOSE["volumes"]) == {"certificates", "database", "media", "proxy", "queue"}


def queues_of(service: str) -> set[str]:
    command = COMPOSE["services"][service]["command"]
    return set(command[command.index("--queues") + 1].split(","))


def test_every_queue_has_a_worker_and_reports_have_one_of_their_own() -> None:
    routed = {route.get("queue") for route in settings.CELERY_TASK_ROUTES.values()}

    assert queues_of("reports") == routed - {None}
    assert queues_of("worker") == {current_app.conf.task_default_queue}


def test_no_task_may_last_longer_than_its_message_is_held_back() -> None:
    """Otherwise the broker gives the message to a second worker while the first is at it."""
    held_back = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    current_app.loader.import_default_modules()
    limits = [int(current_app.tasks[name].time_limit or 0) for name in settings.REPORT_TASKS]

    assert min(limits) > settings.CELERY_TASK_TIME_LIMIT
    assert max(limits) < held_back


def test_image_compose_and_run_serve_the_portal_alike(tmp_path: Path) -> None:
    [image] = re.findall(r"^CMD (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    command = COMPOSE["services"]["web"]["command"]
    run = [str(part) for part in portal.web(Folder(tmp_path), {}, 8000).command]

    assert json.loads(image) == command
    assert command[-1] == run[-1] == "rkpd_portal.asgi:application"
    assert set(command) <= set(run)


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
@pytest.mark.parametrize(
    ("service", "begins"), [("worker", "ready."), ("reports", "ready."), ("beat", "Starting...")]
)
def test_background_command_becomes_healthy_and_stops(
    service: str, begins: str, transactional_db: Any, tmp_path: Path, unused_tcp_port: int
) -> None:
    env, log = production_environment(tmp_path, unused_tcp_port), tmp_path / "log"

    with running(command_of(service, tmp_path), env, log) as process:
        wait_until(lambda: begins in log.read_text(), f"the {service} to begin")
        wait_until(lambda: is_healthy(service, env, tmp_path), f"a healthy {service}")

    assert process.returncode == 0


@pytest.mark.processes
def test_migrate_command_runs_under_production_settings(
    transactional_db: Any, tmp_path: Path, unused_tcp_port: int
) -> None:
    env = production_environment(tmp_path, unused_tcp_port)

    result = subprocess.run(
        command_of("migrate", tmp_path), cwd=ROOT, env=env, capture_output=True, check=False
    )

    assert result.returncode == 0, result.stderr


@pytest.mark.processes
def test_an_unhealthy_web_server_is_reported(db: Any, tmp_path: Path, unused_tcp_port: int) -> None:
    env = production_environment(tmp_path, unused_tcp_port)

    assert not is_healthy("web", env, tmp_path)
