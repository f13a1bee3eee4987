"""bin/check: everything that can be said about the code without running it."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rkpd_portal.localstack.folder import CHECKOUT
from rkpd_portal.localstack.terminal import run_command, say

PACKAGES = ("accounts", "consultations", "aspirations", "reports", "rkpd_portal", "bin")
SCRIPTS = Path(sys.executable).parent
# What production requires, with values that are examples.
PRODUCTION = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "DATABASE_URL": "postgres://portal:example@127.0.0.1:5432/portal",
    "REDIS_URL": "redis://:example@127.0.0.1:6379/0",
    "ALLOWED_HOSTS": "konsultasi.example.go.id",
    "SITE_URL": "https://konsultasi.example.go.id",
    "EMAIL_URL": "smtp+tls://portal:example@mail.example.go.id:587",
    "DEFAULT_FROM_EMAIL": "Konsultasi RKPD <konsultasi@example.go.id>",
    "TRUSTED_PROXY_COUNT": "1",
    "MFA_EXEMPT_EMAILS": "",
}


@dataclass(frozen=True)
class Check:
    """One check: a heading, a Python module with its arguments, and settings of its own."""

    heading: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def passes(self) -> bool:
        """Run it on our terminal."""
        say(f"\n== {self.heading}")
        began = time.monotonic()
        environment = {**os.environ, **self.environment}
        command = [sys.executable, *self.command]
        code = subprocess.run(command, check=False, cwd=CHECKOUT, env=environment).returncode
        say(f"-- {'passed' if code == 0 else 'FAILED'} in {time.monotonic() - began:.1f} s")
        return code == 0


CHECKS = (
    Check("style (ruff check)", ("-m", "ruff", "check", ".")),
    Check("format (ruff format)", ("-m", "ruff", "format", "--check", ".")),
    Check("types (mypy)", ("-m", "mypy", *PACKAGES)),
    Check("templates (djlint)", ("-m", "djlint", "--lint", "templates")),
    Check("layers (import-linter)", (str(SCRIPTS / "lint-imports"), "--no-logo")),
    Check(
        "migrations (makemigrations --check)",
        # No database is running here, and none is needed to compare models with migrations.
        ("-W", "ignore::RuntimeWarning", "manage.py", "makemigrations", "--check", "--dry-run"),
    ),
    Check(
        "settings for production (check --deploy)",
        ("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        PRODUCTION,
    ),
    Check("messages", ("-m", "bin.tools.messages")),
)


def main() -> int:
    """Run every check, also after one that fails; 1 when any failed."""
    failed = [check.heading for check in CHECKS if not check.passes()]
    if failed:
        say(f"\nbin/check: {len(failed)} of {len(CHECKS)} failed: {', '.join(failed)}.")
        return 1
    say(f"\nbin/check: all {len(CHECKS)} passed.")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
