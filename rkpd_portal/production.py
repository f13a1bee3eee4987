"""What the settings must be before the portal serves the public. One sentence for each fault."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

LOCAL_KEY = "local-only-key-that-production-refuses-to-start-with"
REQUIRED = {
    "SECRET_KEY": "a long random text; keep it secret",
    "DATABASE_URL": "the PostgreSQL to use, postgres://user:password@host:5432/name",
    "REDIS_URL": "the Redis or Valkey to use, redis://:password@host:6379/0",
    "ALLOWED_HOSTS": "the host names of the portal, separated by commas",
    "SITE_URL": "the address that people type, https://konsultasi.example.go.id",
    "EMAIL_URL": "the mail server, smtp+tls://user:password@host:587",
    "DEFAULT_FROM_EMAIL": "the sender of the portal's mail",
    "TRUSTED_PROXY_COUNT": "how many reverse proxies stand in front, 1 for docker-compose.yml",
}
KEY_LENGTH = 50
# No random key holds one of these words by accident.
PLACEHOLDER = re.compile(
    "local-only|django-insecure|change.?(me|this)|replace.?(me|this)|example|placeholder|"
    "your.?(own.?)?(secret|key)|(secret|random).?(key|text|characters)",
    re.IGNORECASE,
)
FEWEST_CHARACTERS = 10  # different ones in a key
SENDING = {"smtp", "smtps", "smtp+tls", "smtp+ssl"}


def faults(read: Callable[[str], str]) -> list[str]:
    """Every reason not to start. `read` gives a setting by its name, empty when it is not set."""
    found = [_fault(name, read(name)) for name in REQUIRED]
    found += [_fallback_fault(key) for key in read("SECRET_KEY_FALLBACKS").split(",") if key]
    if read("MFA_EXEMPT_EMAILS"):
        found.append("MFA_EXEMPT_EMAILS is for local demonstrations only: remove it.")
    return [fault for fault in found if fault]


def _fault(name: str, value: str) -> str:
    if not value.strip():
        return f"{name} is not set: give {REQUIRED[name]}."
    check = CHECKS.get(name)
    return check(value) if check else ""


def _key_fault(key: str) -> str:
    if len(key) < KEY_LENGTH:
        return f"SECRET_KEY is too short: give at least {KEY_LENGTH} random characters."
    if _is_placeholder(key):
        return f"SECRET_KEY is a placeholder: give {KEY_LENGTH} random characters nobody knows."
    return ""


def _fallback_fault(key: str) -> str:
    if _is_placeholder(key):
        return "SECRET_KEY_FALLBACKS holds a placeholder that anyone knows: remove it."
    return ""


def _is_placeholder(key: str) -> bool:
    """The key that this repository publishes, a text for a template, or one key held down."""
    return bool(PLACEHOLDER.search(key)) or len(set(key)) < FEWEST_CHARACTERS


def _hosts_fault(hosts: str) -> str:
    """Whoever may choose the host chooses where the links in our mails lead."""
    names = [name.strip() for name in hosts.split(",")]
    if any("*" in name or name.startswith(".") for name in names):
        return "ALLOWED_HOSTS holds a wildcard: name each host in full, without * or a leading dot."
    return ""


def _address_fault(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        return f"SITE_URL does not begin with https:// and a host: give {REQUIRED['SITE_URL']}."
    return ""


def _mail_fault(server: str) -> str:
    parts = urlsplit(server)
    if parts.scheme not in SENDING or not parts.hostname:
        return f"EMAIL_URL sends no mail: give {REQUIRED['EMAIL_URL']}."
    return ""


def _count_fault(count: str) -> str:
    if not count.strip().isdecimal():
        return "TRUSTED_PROXY_COUNT is no number: give 0, 1 or more."
    return ""


CHECKS: dict[str, Callable[[str], str]] = {
    "SECRET_KEY": _key_fault,
    "ALLOWED_HOSTS": _hosts_fault,
    "SITE_URL": _address_fault,
    "EMAIL_URL": _mail_fault,
    "TRUSTED_PROXY_COUNT": _count_fault,
}
