"""What of a child's log is worth the terminal: errors and mail, not the chatter of the servers."""

import re
from pathlib import Path

from rkpd_portal.localstack.terminal import say

# A line that begins a record, as granian, Celery, our own formatter and Python write it.
BEGINNING = re.compile(
    r"^(?:\[(?:INFO|WARNING|ERROR)\] |\[\d{4}-\d\d-\d\d [^]]*\] ?|"
    r"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) |(?=MAIL to )|(?=Traceback ))"
)
WORTH_SAYING = re.compile(r"\b(?:ERROR|CRITICAL)\b|MAIL to |Traceback ")
NOISE = re.compile(r"^\[[^]]*\] (?=MAIL to )")  # Celery's prefix before printed text


class Echo:
    """Follows one log from its present end."""

    def __init__(self, name: str, log: Path, *, everything: bool = False) -> None:
        self.name = name
        self.log = log
        self.everything = everything
        self.position = log.stat().st_size
        self.speaking = False

    def catch_up(self) -> None:
        """Say what is new and worth it; an unfinished line waits for its end."""
        with self.log.open("rb") as file:
            file.seek(self.position)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self.position += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            self.hear(line)

    def hear(self, line: str) -> None:
        """Say a line that is worth it or that continues one that was."""
        if BEGINNING.match(line):
            self.speaking = bool(WORTH_SAYING.search(line))
        if self.everything or (self.speaking and line.strip()):
            say(f"{self.name:>8} | {NOISE.sub('', line)}")
