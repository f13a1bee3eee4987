"""Reference codes (`RK28-4F7K-2`) and PINs. Saves nothing."""

import hashlib
import re
import secrets
from collections.abc import Iterator

from django.conf import settings
from django.utils.crypto import salted_hmac
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

# No look-alikes: without 0 O, 1 I, 5 S, 8 B, 2 Z pairs' letters, nor U next to V.
# 28 signs, so ISO 7064's hybrid system runs with a prime modulus of 29.
ALPHABET = "23456789ACDEFGHJKLMNPQRTVWXY"
HEAD = re.compile(r"(RK|LK)[0-9]{2}")
LOOK_ALIKES = str.maketrans({"0": "Q", "O": "Q", "1": "L", "I": "L", "S": "5", "B": "8", "Z": "2"})


def new_code(prefix: str, year: int, length: int = 4) -> str:
    """A random code for a plan year: prefix, two digits, `length` signs and a check sign."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return f"{prefix}{year % 100:02d}-{body}-{mod_37_36.calc_check_digit(body, ALPHABET)}"


def new_codes(prefix: str, year: int) -> Iterator[str]:
    """Codes to try until one is free; they grow by a sign when the short ones fill up."""
    for attempt in range(20):
        yield new_code(prefix, year, length=4 + attempt // 4)


def tidy_code(typed: str) -> str:
    """What a person typed, in the form that codes are stored: upper case, hyphens in place.

    Returns an empty string if it cannot be a code, so a typing error is told from an
    unknown code.
    """
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    head, rest = signs[:4], signs[4:].translate(LOOK_ALIKES)
    if not HEAD.fullmatch(head) or len(rest) < 5 or len(rest) > 9:
        return ""
    try:
        mod_37_36.validate(rest, ALPHABET)
    except ValidationError:
        return ""
    return f"{head}-{rest[:-1]}-{rest[-1]}"


def key_digest(key: str) -> str:
    """What is stored of a form's idempotency key."""
    return hashlib.sha256(key.encode()).hexdigest()


def pin_for(key: str) -> str:
    """The six-digit PIN that belongs to a form's idempotency key.

    Derived, so that a form sent twice over a bad line gets the same receipt; only a digest
    of it is stored.
    """
    number = int(salted_hmac("aspirations.pin", key, algorithm="sha256").hexdigest(), 16)
    return f"{number % 1_000_000:06d}"


def pin_digest(code: str, pin: str, secret: str | None = None) -> str:
    return salted_hmac(
        "aspirations.pin.stored", f"{code}:{pin}", secret=secret, algorithm="sha256"
    ).hexdigest()


def pin_digests(code: str, pin: str) -> list[str]:
    """What may be stored of a PIN: under the present secret key or one of its predecessors."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [pin_digest(code, pin, key) for key in keys]
