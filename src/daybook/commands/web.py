"""`daybook web`: the pages and the API, one process for each core."""

from __future__ import annotations

import argparse
import errno
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from multiprocessing.process import BaseProcess
from typing import Any

from django.db import connections
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from daybook.commands.database import require, start_django
from daybook.commands.lifeline import hold_on_to
from daybook.commands.talk import CommandError

_SECONDS_TO_FINISH = 20


def web(arguments: argparse.Namespace) -> int:
    """Answer until asked to stop by SIGTERM or SIGINT; requests begun are answered first."""
    start_django()
    require()
    address = free_address(arguments.host, arguments.port)
    # Each process makes its own; one that two inherit would serve neither.
    connections.close_all()
    hold_on_to(arguments.lifeline)
    Granian(
        "daybook.wsgi:application",
        address=address,
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=arguments.processes or _cores(),
        # Threads of one process would wait for each other: more answers come from processes.
        blocking_threads=1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_SECONDS_TO_FINISH,
        log_level=LogLevels.warning,
    ).serve(target_loader=load)
    return 0


def load(target: str) -> Callable[..., Any]:
    """Return the application; called by the server in each of its processes.

    They keep the port, so none may outlive the process that started it.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    module, _, name = target.partition(":")
    application: Callable[..., Any] = getattr(import_module(module), name)
    return application


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def free_address(host: str, port: int) -> str:
    """Return `host` as a number, having seen that its `port` is free. Raises CommandError.

    The server itself would share a taken port without a word.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise CommandError(f"There is no address {host!r} to listen at.") from None
    # "localhost" is both; what people type into browsers and scripts is 127.0.0.1.
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    family, kind, protocol, _, place = found[0]
    with socket.socket(family, kind, protocol) as probe:
        # As the server does: connections that have just ended do not keep a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
            probe.listen(1)
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                raise CommandError(f"Port {port} is taken; --port chooses another.") from None
            raise CommandError(f"{host} port {port} cannot be used: {fault.strerror}") from None
    return str(place[0])


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
