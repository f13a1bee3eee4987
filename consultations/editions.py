"""The edition of what everyone reads: it rises within a second of any change, in every process.

A thread of each web process looks for new rows of `Change`. Rows are told apart by the number of
their transaction, so that one which commits late is not missed.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

LOOK_EVERY = 0.25  # seconds
HANGS = 2.0  # seconds after which a look is given up
BEHIND = 1.0  # seconds after which what is known may be untrue
FORGOTTEN = timedelta(hours=1).total_seconds()  # well before the rows themselves are (change.py)
log = logging.getLogger(__name__)

Key = tuple[int | None, str]  # a consultation, or None for all of them; and the part
Edition = tuple[int, ...]
OFFER = "portal.sharing"  # where the environ of a request has its `Offer`

# Everything from the oldest transaction that ran at the last look, and which that is now.
NEW = """
SELECT txid_snapshot_xmin(txid_current_snapshot()), change.id, change.consultation_id, change.part
FROM (SELECT) AS always LEFT JOIN consultations_change AS change ON change.txid >= %s
"""


class Part(StrEnum):
    """What readers see, by what changes it: the plan with its dates, or what people said."""

    PLAN = "plan"
    VOICES = "voices"


@dataclass(frozen=True)
class Terms:
    """How long an answer may be shared: while these parts of the consultation (None: of all) stay
    as they are, and not past `until`. `own` are the texts in it that each reader gets anew: the
    protection of a form against other sites, its key and its ticket."""

    parts: tuple[Part, ...]
    consultation: int | None = None
    until: datetime | None = None
    own: tuple[str, str, str] | None = None

    def edition(self, counts: Mapping[Key, int]) -> Edition:
        """The edition of what the answer shows, when so many changes were seen."""
        if self.consultation is None:
            return tuple(sum_of(counts, part) for part in self.parts)
        keys = ((who, part) for part in self.parts for who in (None, self.consultation))
        return tuple(counts.get(key, 0) for key in keys)


def sum_of(counts: Mapping[Key, int], part: Part) -> int:
    return sum(number for (_who, counted), number in counts.items() if counted == part)


@dataclass
class Offer:
    """Of a request that is made for no reader in particular: when, and what the view answered."""

    asked_at: datetime = field(default_factory=timezone.now)
    terms: Terms | None = None


class Watch:
    """What one process knows of changes: how many it has seen of each part."""

    def __init__(self) -> None:
        self.counts: Mapping[Key, int] = {}  # replaced as a whole, never changed
        self.looked_at = -FORGOTTEN  # when the last look that succeeded began
        self.has_failed = False  # the database refused the last look
        self._looking_since: float | None = None
        self._seen: set[int] = set()
        self._oldest = 0
        self._connection: object = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def start(self) -> None:
        """Begin to look, once in a process."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, daemon=True, name="editions")
                self._thread.start()

    @property
    def is_behind(self) -> bool:
        """Whether something may have changed that this process does not know of."""
        return time.monotonic() - self.looked_at > BEHIND

    @property
    def is_cut_off(self) -> bool:
        """Whether the database does not answer this process: it refused, or a look hangs."""
        since = self._looking_since
        return self.has_failed or (since is not None and time.monotonic() - since > HANGS)

    def _run(self) -> None:
        while True:
            self._looking_since = time.monotonic()
            try:
                self.look()
            except (DatabaseError, InterfaceError) as error:
                if not self.has_failed:
                    log.warning("changes cannot be looked for: %s", error)
                self.has_failed = True
                connection.close()
            self._looking_since = None
            time.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Count what was committed since the last look."""
        began = time.monotonic()
        connection.ensure_connection()
        is_new = connection.connection is not self._connection
        if is_new or began - self.looked_at > FORGOTTEN:
            self._begin_anew()
        with connection.cursor() as cursor:
            cursor.execute(NEW, [self._oldest])
            found = cursor.fetchall()
        self._oldest = found[0][0]
        changes = {key: (consultation, part) for _, key, consultation, part in found if key}
        if new := [changes[key] for key in changes.keys() - self._seen]:
            self.counts = Counter(self.counts) + Counter(new)
        self._seen = set(changes)
        self.looked_at, self.has_failed = began, False

    def _begin_anew(self) -> None:
        """Believe nothing: the database may be another one, or we were away for long. The counts
        rise last: what is made from then on is made of what is committed by then."""
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = %s", [int(1000 * HANGS)])
            cursor.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
            self._oldest = cursor.fetchone()[0]
        self._seen, self._connection = set(), connection.connection
        self.counts = Counter(self.counts) + Counter((None, part) for part in Part)


watch = Watch()


def plan_edition() -> int | None:
    """The edition of the plans of all consultations. None where nobody watches, or who watches is
    behind: then nothing that was read before may be used again."""
    if watch.is_behind:
        return None
    return sum_of(watch.counts, Part.PLAN)
