"""The consultation report: rows in, a verified PDF out. Reads no aspiration, saves nothing."""

from aspirations.reporting.manuscript import (
    STAGES,
    CannotCompile,
    Compiled,
    LostClaim,
    Manuscript,
)
from aspirations.reporting.pdf import write_pdf

__all__ = ["STAGES", "CannotCompile", "Compiled", "LostClaim", "Manuscript", "write_pdf"]
