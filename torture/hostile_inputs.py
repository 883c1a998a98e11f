"""Every hostile input into every field, body, header and address, over HTTP and in one process."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import quantiles

from tests.hostility import corpus
from tests.hostility.firm import Ask, Firm, InProcess, OverALine
from tests.hostility.judging import check_harmless
from tests.hostility.trying import Trial, complaints, everywhere, surfaces
from torture.figures import Figure
from torture.running import running

from torture import installation

# This machine is one of the hosts that nobody may send through.
NO_HOST_IS_ALLOWED = True
SLOWEST_SECONDS = 1.0
MOST_MEMORY = 200 * 2**20
MEGABYTE = 2**20


def measured(short: bool) -> Iterator[Figure]:
    # Each refusal would be a line.
    logging.disable(logging.ERROR)
    kinds = ["zone"] if short else [kind for kind in corpus.kinds() if surfaces(kind)]
    trials = [trial for kind in kinds for trial in everywhere(kind)]
    if short:
        trials = list(islice(trials, 0, None, 12))
    firm = Firm().with_passwords()
    yield in_one_process(firm, trials)
    yield from over_http(firm, trials)


def in_one_process(firm: Firm, trials: Sequence[Trial]) -> Figure:
    """Look at every row between two trials."""
    wrong = complaints(trials, firm, InProcess(firm))
    _show(wrong)
    return Figure(
        "each input at each surface is refused at its field and no row is different, or it is "
        "harmless text",
        f"{len(trials):,} trials, {len(wrong)} went wrong",
        not wrong,
    )


def over_http(firm: Firm, trials: Sequence[Trial]) -> Iterator[Figure]:
    """Ask a running diary, whose processes are weighed before and after."""
    with diary() as (port, processes):
        line = OverALine(firm, port)
        for who in ("ada", "ben", "nobody"):
            for path in ("/", "/api/v1/entries") * 10:
                line.ask(Ask("GET", path, who=who))
        # Or every form would be refused for its secret, before anybody reads what is in it.
        if (status := line.ask(Ask("POST", "/entries/new/", b"title=&save=1")).status) == 403:
            raise RuntimeError(f"a form was answered with {status}")
        line.seconds.clear()
        before = _memory(processes)
        wrong = list(_faults(firm, line, trials))
        grown = _memory(processes) - before
    _show(wrong)
    slowest = quantiles(line.seconds, n=100)[-1]
    yield Figure(
        "over HTTP no input is a fault of ours or shows our inside",
        f"{len(line.seconds):,} requests, {len(wrong)} went wrong",
        not wrong,
    )
    yield Figure(
        f"99 of 100 of these answers come within {SLOWEST_SECONDS:g} s",
        f"{slowest * 1000:.0f} ms; the slowest of all took {max(line.seconds) * 1000:.0f} ms",
        slowest < SLOWEST_SECONDS,
    )
    yield Figure(
        f"the web processes grow by less than {MOST_MEMORY // MEGABYTE} MiB meanwhile",
        f"{grown / MEGABYTE:.0f} MiB",
        grown < MOST_MEMORY,
    )


@contextmanager
def diary() -> Iterator[tuple[int, list[subprocess.Popen[bytes]]]]:
    """Serve the pages and the API of this installation."""
    with running(installation.DATA, workers=0) as found:
        yield found


def _faults(firm: Firm, line: OverALine, trials: Sequence[Trial]) -> Iterator[str]:
    for given, surface in trials:
        try:
            check_harmless(line.ask(surface.asks(firm, given.text)))
        except AssertionError as fault:
            yield f"{given} into {surface}: {fault}"
        except ValueError:
            # What cannot be put on a line at all, such as a header with a line end in it.
            continue


def _memory(processes: Sequence[subprocess.Popen[bytes]]) -> int:
    """Return how many octets these processes and all they started hold."""
    family = {process.pid for process in processes}
    parents = {pid: _parent(pid) for pid in map(int, filter(str.isdigit, _names()))}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(map(_resident, family))


def _names() -> list[str]:
    return [path.name for path in Path("/proc").iterdir()]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _resident(pid: int) -> int:
    try:
        words = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in words.splitlines() if "VmRSS" in line)


def _show(wrong: Sequence[str]) -> None:
    for each in wrong[:20]:
        sys.stderr.write(f"{each}\n")
