"""Documents changed at random are read or refused; `torture` has the long form of this."""

from __future__ import annotations

from tests.hostility.mutations import complaints, kinds, mutated


def test_changed_documents_are_read_or_refused_soon() -> None:
    wrong, _ = complaints(range(60))

    assert wrong == []


def test_what_was_read_badly_once_is_read_or_refused() -> None:
    mails = next(kind for kind in kinds() if kind.name == "mails")

    # Times that are none, or several; addresses the parser of headers stumbles over.
    for seed in (1037, 1142, 1862, 3598, 3759, 6064):
        mails.read(mutated(seed, mails.seeds))


def test_the_same_seed_makes_the_same_document_and_another_seed_another() -> None:
    for kind in kinds():
        documents = {mutated(seed, kind.seeds) for seed in range(50)}
        assert documents == {mutated(seed, kind.seeds) for seed in range(50)}
        assert len(documents) > 40
