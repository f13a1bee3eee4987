"""The portal's colours and measures for a PDF: those of tokens.css in its light theme."""

import re
from functools import lru_cache

from django.conf import settings

TOKENS = settings.BASE_DIR / "static" / "css" / "tokens.css"
DECLARATION = re.compile(r"--([\w-]+):\s*([^;]+);")
REFERENCE = re.compile(r"var\(--([\w-]+)\)")


@lru_cache(maxsize=1)
def _light() -> dict[str, str]:
    """The first value of each token: the light theme, the one that is printed."""
    values: dict[str, str] = {}
    for name, value in DECLARATION.findall(TOKENS.read_text()):
        values.setdefault(name, value.strip())
    return values


def color(name: str) -> str:
    """The raw value behind a token such as `color-chart`."""
    value = _light()[name]
    reference = REFERENCE.fullmatch(value)
    return color(reference[1]) if reference else value


def stylesheet() -> str:
    """The light theme alone: paper knows no media queries."""
    return f":root {{ {' '.join(f'--{name}: {value};' for name, value in _light().items())} }}"
