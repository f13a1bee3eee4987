"""bin/run: the whole portal on this computer."""

import argparse
import os
import sys

import environ

from rkpd_portal.localstack.folder import CHECKOUT, Folder
from rkpd_portal.localstack.supervisor import Supervisor
from rkpd_portal.localstack.terminal import Problem, run_command

# What the person may set (also in .env) instead of what we would make up.
SETTABLE = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "MFA_EXEMPT_EMAILS")


def main() -> int:
    """Read the arguments and run until stopped."""
    options = arguments().parse_args()
    os.umask(0o077)  # logs and mail are for the eyes of the person who runs this
    environ.Env.read_env(CHECKOUT / ".env")
    require_local_mode()
    given = {name: os.environ[name] for name in SETTABLE if os.environ.get(name)}
    supervisor = Supervisor(
        Folder.from_environment(),
        port=options.port,
        demonstration=options.demonstration,
        given=given,
    )
    return supervisor.run()


def require_local_mode() -> None:
    """Raise Problem where settings for a real installation lie: it must get no demonstration."""
    if (os.environ.get("PORTAL_MODE") or "local") != "local":
        raise Problem(
            "The settings here (.env, or the environment) are for a real installation: they say"
            f" PORTAL_MODE={os.environ['PORTAL_MODE']}. bin/run is for trying the portal out on"
            " one computer. Start the installation with 'docker compose up', or put .env aside.",
            code=2,
        )


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/run",
        description="Bring up the whole portal on this computer: PostgreSQL, Valkey, web, two "
        "workers and beat, with a demonstration. Ctrl-C stops it. Everything it keeps is in var/.",
    )
    parser.add_argument("--port", type=port, default=8000, help="of the web server (8000)")
    parser.add_argument(
        "--no-demonstration",
        dest="demonstration",
        action="store_false",
        help="start with an empty database",
    )
    return parser


def port(text: str) -> int:
    """A TCP port as the person typed it."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: give a number from 1 to 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(run_command(main))
