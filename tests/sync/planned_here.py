"""Planning ahead without a process beside: for tests with a clock of their own."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe

from daybook.sync.ahead import Ahead, Asked, Coming, plan


class PlannedHere(Ahead):
    """Plans in this process, before the batch under way is carried; small batches only.

    What is planned goes over a line all the same, as it does from the process.
    """

    @contextmanager
    def planning(self, asked: Asked) -> Iterator[Coming]:
        near, far = Pipe()
        far.send_bytes(pickle.dumps(plan(asked)))
        far.close()
        with near:
            yield Coming(near)
