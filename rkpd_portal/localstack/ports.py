"""TCP ports on 127.0.0.1."""

import errno
import socket

from rkpd_portal.localstack.terminal import Problem

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether we could listen there. Raises PermissionError for a port that needs privileges."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def require_free(port: int) -> None:
    """Raise a Problem that names a free port when this one cannot be used."""
    try:
        if is_free(port):
            return
        reason = "is taken by another program"
    except PermissionError:
        reason = "may not be used by this user"
    raise Problem(f"Port {port} {reason}: try bin/run --port {next_free(port)}", code=2)


def next_free(port: int) -> int:
    """The first free port above this one, or any."""
    above = (number for number in range(max(port, 1024) + 1, 65536) if is_free(number))
    return next(above, None) or free_port()
