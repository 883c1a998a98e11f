"""Planning ahead without a process beside: for tests with a clock of their own."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from daybook.sync.ahead import Ahead, Asked, Turn, plan


class PlannedHere(Ahead):
    """Plans in this process as soon as it is asked; small batches only.

    What is planned goes over a line all the same, as it does from the process.
    """

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        near, far = Pipe()
        with near, far:
            yield TurnHere(None, near, far=far)


@dataclass
class TurnHere(Turn):
    """A turn whose questions are answered here."""

    far: Connection | None = None

    def ask(self, asked: Asked) -> None:
        if self.far is not None:
            self.far.send_bytes(pickle.dumps(plan(asked)))
            self._waiting = True
