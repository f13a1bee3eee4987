"""Whether the collected static files are those of today: compressing them anew takes seconds."""

import hashlib
from pathlib import Path

from rkpd_portal.localstack.folder import CHECKOUT

DECIDING = (
    "requirements/production.txt",
    "rkpd_portal/settings.py",
    "rkpd_portal/stylesheets.py",
)


def fingerprint() -> str:
    """Changes when a static file of ours, a package or the settings change."""
    digest = hashlib.sha256()
    for path in sorted((CHECKOUT / "static").rglob("*")):
        state = path.stat()
        name = path.relative_to(CHECKOUT)
        digest.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    for deciding in DECIDING:
        digest.update((CHECKOUT / deciding).read_bytes())
    return digest.hexdigest()


def are_current(folder: Path) -> bool:
    """Whether this VAR_DIR has them, whole and of today."""
    stamp = folder / "static.stamp"
    return stamp.exists() and stamp.read_text() == fingerprint() and (folder / "static").exists()
