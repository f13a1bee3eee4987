"""The faults: what is killed, stopped, filled or refused, and how it comes to an end."""

import math
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil
import psycopg
import redis

from bin.tools.chaos.keeping import Keeper
from bin.tools.chaos.stack import Stack
from rkpd_portal.localstack.postgres import ADMINISTRATOR, PORTAL

Heal = Callable[[], None]
A_WHILE = (3.0, 8.0)  # seconds that a fault lasts which does not end by itself
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE usename = %s AND pid <> pg_backend_pid()"


class NotNow(Exception):
    """There is nothing at the moment that this fault could strike."""


@dataclass
class Fault:
    """One that was made: its kind, when it began, what it struck, and when all webs were seen
    ready after it (`watching`; only of kinds that people can notice).
    """

    kind: str
    began: float
    effect: str
    over: float = math.inf


@dataclass
class Lasting:
    """A fault that goes on until somebody heals it."""

    kind: str
    until: float
    heal: Heal


class Faults:
    """Makes faults of random kinds. `look` heals those that last when their time is over."""

    def __init__(self, stack: Stack, chance: random.Random) -> None:
        self.stack, self.chance = stack, chance
        self.made: list[Fault] = []
        self.lasting: list[Lasting] = []
        self.bag: list[str] = []
        self.kinds: dict[str, Callable[[], str]] = {
            "kill -9 web": lambda: self.kill(self.one_of(self.stack.webs)),
            "kill -9 web child": lambda: self.kill_child(self.one_of(self.stack.webs)),
            "kill -9 worker": lambda: self.kill(self.one_of(self.stack.workers)),
            "kill -9 worker child": lambda: self.kill_child(self.one_of(self.stack.workers)),
            "kill -9 reports worker": lambda: self.kill(self.one_of(self.stack.reports_workers)),
            "kill -9 reports child": lambda: self.kill_child(
                self.one_of(self.stack.reports_workers)
            ),
            "freeze worker": self.freeze_worker,
            "kill -9 beat": lambda: self.kill(self.one_of(self.stack.beat)),
            "kill -9 broker": lambda: self.kill(self.broker),
            "flush broker": self.flush_broker,
            "stop and flush broker": self.stop_and_flush_broker,
            "terminate backend": self.terminate_backend,
            "kill -9 backend": self.kill_backend,
            "restart PostgreSQL": self.restart_postgres,
            "mail server refuses": self.refuse_mail,
            "media disk full": self.fill_disk,
        }

    @property
    def broker(self) -> Keeper:
        return self.stack.servers[0]

    @property
    def database(self) -> Keeper:
        return self.stack.servers[1]

    # One after the other ------------------------------------------------------------------

    def make_one(self) -> Fault | None:
        """Make the next one. None if there was nothing to strike just now."""
        kind = self.next_kind()
        began = time.monotonic()
        try:
            effect = self.kinds[kind]()
        except (NotNow, psutil.Error, psycopg.Error, redis.RedisError):
            return None
        fault = Fault(kind, began, effect)
        self.made.append(fault)
        return fault

    def next_kind(self) -> str:
        """Every kind once in a random order, then anew: none is left out in a short run."""
        if not self.bag:
            self.bag = [kind for kind in sorted(self.kinds) if self.is_possible(kind)]
            self.chance.shuffle(self.bag)
        return self.bag.pop()

    def is_possible(self, kind: str) -> bool:
        """The disk is filled only where it is one of its own."""
        return self.kinds[kind] != self.fill_disk or self.stack.disk.is_own

    def look(self) -> None:
        """Heal what has lasted long enough."""
        now = time.monotonic()
        for fault in [one for one in self.lasting if one.until <= now]:
            fault.heal()
            self.lasting.remove(fault)

    def heal_all(self) -> None:
        for fault in self.lasting:
            fault.until = 0.0
        self.look()

    def lasts(self, kind: str, heal: Heal) -> str:
        """Let it go on for a while; in words, how long."""
        seconds = self.chance.uniform(*A_WHILE)
        self.lasting.append(Lasting(kind, time.monotonic() + seconds, heal))
        return f"for {seconds:.1f} s"

    def require_none(self, kind: str) -> None:
        """Two of one kind at once would heal each other."""
        if any(fault.kind == kind for fault in self.lasting):
            raise NotNow

    # Processes ----------------------------------------------------------------------------

    def one_of(self, keepers: list[Keeper]) -> Keeper:
        alive = [keeper for keeper in keepers if keeper.child.is_running()]
        if not alive:
            raise NotNow
        return self.chance.choice(alive)

    def kill(self, keeper: Keeper) -> str:
        if not keeper.child.is_running():
            raise NotNow
        pid = keeper.child.pid
        psutil.Process(pid).kill()
        return f"{keeper.name}, process {pid}"

    def kill_child(self, keeper: Keeper) -> str:
        children = keeper.below()
        if not children:
            raise NotNow
        child = self.chance.choice(children)
        child.kill()
        return f"a child of {keeper.name}, process {child.pid}"

    def freeze_worker(self) -> str:
        """SIGSTOP for longer than nothing, so that a lease may run out under a living worker."""
        self.require_none("frozen")
        keeper = self.one_of([*self.stack.workers, *self.stack.reports_workers])
        frozen = keeper.everything()
        signal_all(frozen, signal.SIGSTOP)
        how_long = self.lasts("frozen", lambda: signal_all(frozen, signal.SIGCONT))
        return f"{keeper.name} {how_long}"

    # Broker -------------------------------------------------------------------------------

    def flush(self) -> None:
        with redis.Redis.from_url(self.stack.valkey.url, socket_timeout=5) as broker:
            broker.flushall()

    def flush_broker(self) -> str:
        self.require_none("broker")
        self.flush()
        return "everything in it is gone"

    def stop_and_flush_broker(self) -> str:
        self.require_none("broker")
        self.flush()
        keeper = self.broker
        keeper.is_held = True
        keeper.child.send(signal.SIGTERM)
        return f"away {self.lasts('broker', lambda: release(keeper))}"

    # Database -----------------------------------------------------------------------------

    def backend(self, connection: psycopg.Connection) -> int:
        """The process of one of the portal's connections."""
        found = [pid for (pid,) in connection.execute(BACKENDS, [PORTAL])]
        if not found:
            raise NotNow
        return self.chance.choice(found)

    def administrator(self) -> psycopg.Connection:
        url = self.stack.postgres.url_of(ADMINISTRATOR)
        return psycopg.connect(url, autocommit=True, connect_timeout=5)

    def terminate_backend(self) -> str:
        with self.administrator() as connection:
            pid = self.backend(connection)
            connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        return f"connection {pid}"

    def kill_backend(self) -> str:
        """All connections end with it, and the server recovers as after a crash."""
        with self.administrator() as connection:
            pid = self.backend(connection)
        psutil.Process(pid).kill()
        return f"connection {pid}, and the server recovers from its log"

    def restart_postgres(self) -> str:
        """In turn as one does it (fast) and as one does it in despair (immediate)."""
        how = self.chance.choice([signal.SIGINT, signal.SIGQUIT])
        self.database.child.send(how)
        return "fast" if how == signal.SIGINT else "immediate"

    # Disk and mail ------------------------------------------------------------------------

    def fill_disk(self) -> str:
        self.require_none("disk")
        self.stack.disk.fill()
        return self.lasts("disk", self.stack.disk.free)

    def refuse_mail(self) -> str:
        self.require_none("mail")
        self.stack.mail.refuses.set()
        return self.lasts("mail", self.stack.mail.refuses.clear)


def release(keeper: Keeper) -> None:
    keeper.is_held = False


def signal_all(processes: list[psutil.Process], number: signal.Signals) -> None:
    """To all that are still there."""
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.Error:
            continue
