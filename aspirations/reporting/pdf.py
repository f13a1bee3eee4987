"""The PDF of a report. The only module that imports WeasyPrint."""

from collections.abc import Callable

from aspirations.reporting.manuscript import CannotCompile, Compiled, Manuscript

Progress = Callable[[int, str], None]


def write_pdf(manuscript: Manuscript, progress: Progress) -> Compiled:
    raise CannotCompile("not yet")
