"""Count requests and how long they take, around everything else a web process does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import structlog
from django.db import DatabaseError, connection

from daybook.sync import figures
from daybook.sync.figures import Figures

WRITE_EVERY = 10.0  # seconds

log = structlog.get_logger()
Environment = dict[str, Any]
Application = Callable[[Environment, Any], Iterable[bytes]]


class Counting:
    """A WSGI application that counts the answers of another; see `figures.py`.

    Counts are written by a thread of their own, so that no request waits for it.
    """

    def __init__(self, answering: Application, counts: Figures = figures.HERE) -> None:
        self._answering, self._counts = answering, counts
        self._writing = threading.Lock()
        self._started = False

    def __call__(self, environment: Environment, start_response: Any) -> Iterable[bytes]:
        began = time.monotonic()

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            self._counts.count(f"requests|{status[:1]}xx")
            self._counts.observe("request", time.monotonic() - began)
            return start_response(status, headers, *error)

        self._begin_writing()
        return self._answering(environment, start)

    def _begin_writing(self) -> None:
        # With the first request, in the process that answers it.
        if not self._started:
            with self._writing:
                if not self._started:
                    self._started = True
                    threading.Thread(target=self._write_on, daemon=True).start()

    def _write_on(self) -> None:
        while True:
            time.sleep(WRITE_EVERY)
            try:
                self._counts.write(datetime.now(UTC))
            except DatabaseError as trouble:
                log.warning("figures not written", trouble=str(trouble)[:200])
            finally:
                connection.close()
