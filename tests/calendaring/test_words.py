"""Words are compared and marked without case, accents or signs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from daybook.calendaring.words import excerpt, marked, slug, words


def test_words_are_letters_and_digits_folded() -> None:
    assert words("Café Łódź, e-mail №5: Straße!") == ["cafe", "lodz", "e", "mail", "no5", "strasse"]


def test_a_slug_joins_them_by_hyphens() -> None:
    assert slug("Site  Visit (Ångström)") == "site-visit-angstrom"


def test_a_word_is_marked_as_it_was_written() -> None:
    assert marked("Die Straße, STRASSE", ["stra"]) == [
        ("Die ", False),
        ("Straße", True),
        (", ", False),
        ("STRASSE", True),
    ]


def test_an_excerpt_shows_what_is_around_the_first_hit() -> None:
    text = f"{'before ' * 30}Boiler {'after ' * 30}"
    parts = excerpt(text, ["boil"], around=20)

    assert "".join(part for part, _ in parts) == "… before before Boiler after after after …"
    assert [part for part, hit in parts if hit] == ["Boiler"]


def test_nothing_found_has_no_excerpt() -> None:
    assert excerpt("Boiler survey", ["kettle"]) == []


@given(text=st.text(max_size=200), wanted=st.lists(st.text(min_size=1, max_size=3), max_size=3))
@settings(max_examples=100, deadline=None)
def test_marking_changes_no_text_and_every_word_finds_itself(text: str, wanted: list[str]) -> None:
    assert "".join(part for part, _ in marked(text, wanted)) == text
    assert all(word and not set(word) & set(" _'\"") for word in words(text))
    for word in words(text):
        assert words(word) == [word]
