"""How a report leaves the house: one package per file format, alone with its library."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Compiled:
    """A finished file: its bytes, its number of pages and of aspirations in it."""

    content: bytes
    pages: int
    row_count: int
