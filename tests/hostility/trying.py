"""Put hostile inputs into surfaces, one after the other, and collect what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.hostility import corpus
from tests.hostility.corpus import Input
from tests.hostility.firm import Firm, Line, digest, forgotten
from tests.hostility.judging import check_stored, judge
from tests.hostility.surfaces import SURFACES, Surface

Trial = tuple[Input, Surface]


def everywhere(kind: str) -> Iterator[Trial]:
    """Yield every input of a kind with every surface."""
    for surface in surfaces(kind):
        for given in corpus.inputs(kind):
            yield given, surface


def once(kind: str) -> Iterator[Trial]:
    """Yield every input of a kind with one surface each, so that every surface gets some."""
    those = surfaces(kind)
    for number, given in enumerate(corpus.inputs(kind)):
        yield given, those[number % len(those)]


def surfaces(kind: str) -> list[Surface]:
    """Return the surfaces of a kind."""
    return [surface for surface in SURFACES if surface.kind == kind]


def complaints(trials: Iterable[Trial], firm: Firm, line: Line) -> list[str]:
    """Return what was not right, one text for each trial; the firm is as it was in between.

    To be called in a transaction that sees what `line` does.
    """
    before = digest()
    found = []
    for given, surface in trials:
        try:
            with forgotten():
                _try(given, surface, firm, line, before)
        except AssertionError as wrong:
            found.append(f"{given} into {surface}: {wrong}")
    return found


def _try(given: Input, surface: Surface, firm: Firm, line: Line, before: str) -> None:
    answer = line.ask(surface.asks(firm, given.text))
    judge(given, surface, answer)
    if given.answer == "refused" or (given.answer == "ignored" and answer.status >= 400):
        assert digest() == before, "it was refused, and something is different"
    elif given.answer == "ignored":
        assert digest() == before, "something is different"
    elif answer.status < 400:
        check_stored(given)
