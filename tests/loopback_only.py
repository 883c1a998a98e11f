"""A promise of the suite: its processes talk to this machine only."""

from __future__ import annotations

import ipaddress
import socket
import sys


class ReachedOutsideError(AssertionError):
    """A test tried to send something to another machine."""


def refuse_the_outside() -> None:
    """From now on make every attempt of this process to leave the machine a ReachedOutsideError.

    An audit hook sees what any library does through Python's sockets and cannot be undone by
    a test. PostgreSQL's own client library is beyond it; its address comes from the fixtures.
    """
    sys.addaudithook(_judge)


def _judge(event: str, args: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = args[1]
        # A str or bytes is a Unix socket, None a socket connected before.
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            raise ReachedOutsideError(f"a test tried to reach {address[0]} port {address[1]}")
    elif event == "socket.getaddrinfo" and not _needs_no_name_server(args[0]):
        raise ReachedOutsideError(f"a test asked a name server for {args[0]!r}")


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host in ("", "localhost") if address is None else address.is_loopback


def _needs_no_name_server(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    return name in ("", "localhost", socket.gethostname()) or _address(name) is not None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
