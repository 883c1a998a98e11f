"""How the parts of `daybook serve` notice that it is gone, however it went."""

from __future__ import annotations

import os
import signal
import threading


def hold_on_to(descriptor: int | None) -> None:
    """Ask this process to stop when `descriptor`, the reading end of a pipe, is closed."""
    if descriptor is not None:
        threading.Thread(target=_wait_for_the_end, args=(descriptor,), daemon=True).start()


def _wait_for_the_end(descriptor: int) -> None:
    # Nothing is ever written: reading returns when the last writing end has closed.
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGTERM)
