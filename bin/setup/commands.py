"""The commands of bin/: what each needs, and the module that does its work."""

from dataclasses import dataclass

from bin.setup.system import CADDY, CHROMIUM, GETTEXT, PANGO, WRK, Part


@dataclass(frozen=True)
class Command:
    """`level` names the lock file, `system` what pip cannot install."""

    level: str
    module: str
    system: tuple[Part, ...]


COMMANDS = {
    "run": Command("local", "rkpd_portal.localstack", (PANGO,)),
    "test": Command("dev", "bin.tools.testing", (PANGO, CHROMIUM, CADDY)),
    "check": Command("dev", "bin.tools.checking", (GETTEXT,)),
    "bench": Command("dev", "bin.tools.bench", (PANGO, CHROMIUM, WRK)),
    "chaos": Command("dev", "bin.tools.chaos", (PANGO,)),
    "pictures": Command("dev", "bin.tools.pictures", (PANGO, CHROMIUM)),
}
