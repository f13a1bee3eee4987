"""Digests of data: the same content gives the same text and the same SHA-256, on any machine."""

import hashlib
import json
from typing import Any


def canonical(data: Any) -> str:
    """One line of JSON that is the same for the same content."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sha256_of(data: Any) -> str:
    """SHA-256 of text as it stands, or of other data in its canonical form; 64 hex digits."""
    text = data if isinstance(data, str) else canonical(data)
    return hashlib.sha256(text.encode()).hexdigest()
