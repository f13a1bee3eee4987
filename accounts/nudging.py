"""Asking a worker to start now. A lost message only means delay: a sweep finds every row."""

import logging
import time
from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError
from kombu.pools import producers

log = logging.getLogger(__name__)
# A web request asks the broker once and does not wait for it, over a connection that stays open:
# to make one costs as much as to keep an aspiration.
HURRY = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 2}
SLOW, PAUSE = 0.5, 10.0  # seconds: whom a broker kept waiting so long lets it be for a while
_let_be: dict[str, float] = {}  # brokers, and until when


def nudge(task: Any, row_id: int) -> bool:
    """Send the task with the row's id. False if the broker is away: the sweep will find the row."""
    options = {**current_app.conf.broker_transport_options, **HURRY}
    hurried = current_app.connection_for_write(
        transport_options=options
    )  # not opened: names a pool
    began, broker = time.monotonic(), hurried.as_uri()
    if began < _let_be.get(broker, 0.0):
        return False
    try:
        with producers[hurried].acquire(block=True) as producer:
            task.apply_async([row_id], retry=False, producer=producer)
    except OperationalError:
        log.warning("the broker is away; %s %s waits for the sweep", task.name, row_id)
        if time.monotonic() - began > SLOW:
            _let_be[broker] = time.monotonic() + PAUSE
        return False
    return True


def waiting(queue: str) -> int:
    """How many messages wait in the queue already: behind many, more would only pile up."""
    with current_app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        return channel.queue_declare(queue=queue).message_count
