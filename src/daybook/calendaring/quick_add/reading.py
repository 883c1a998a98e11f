"""What a line of quick add means.

A line is a title with a day, a time, a `#type` and people by `@name` anywhere in it; the place
stands behind “at” after them. Of what could be a day (or a time) the clearest is it, and what is
less clear belongs to the title; two that are equally clear are a fault, never a guess. The whole
grammar, with examples that are tested, is in docs/quick-add.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from daybook.calendaring.quick_add import days, hours, names
from daybook.calendaring.quick_add.pieces import Kind, Piece, as_words, cut
from daybook.calendaring.quick_add.spans import NotSaidError, TooMuchError, span_of
from daybook.calendaring.quick_add.values import Choice, Fault, Named, QuickEntry

LONGEST_LINE = 500
_STRAY = " .,;:-–—"
_STRAY_BEHIND = _STRAY.replace(".", "")


@dataclass(frozen=True, slots=True)
class Around:
    """What a line is read against.

    `now` is the wall time where it is typed; `usual_type` the id taken when the line names none
    (None: it has to). Without a person on it the entry is for `me`, the id of one of `people`.
    """

    now: datetime
    types: Sequence[Named]
    people: Sequence[Named]
    me: int
    usual_type: int | None = None


def read(line: str, around: Around) -> QuickEntry | Fault:
    """Return what `line` means, or the first thing that keeps it from meaning anything.

    Never raises. Whether the clocks of a zone show these times is decided where the zone is known.
    """
    if len(line) > LONGEST_LINE:
        return Fault(
            "too_long", f"At most {LONGEST_LINE} characters fit here.", LONGEST_LINE, len(line)
        )
    said = _Said(line, around)
    said.listen()
    return said.meaning()


@dataclass(slots=True)
class _Said:
    """What was heard of a line so far."""

    line: str
    around: Around
    title: str = ""
    place: str = ""
    type_id: int | None = None
    people: list[int] = field(default_factory=list)
    span: tuple[datetime, datetime, bool] | None = None
    faults: list[Fault] = field(default_factory=list)

    def listen(self) -> None:
        """Take the whole line in; what is wrong with it is noted."""
        pieces = cut(self.line)
        whens = self._clearest(pieces)
        self._hear_names(pieces)
        self._hear_texts(_settled(self.line, pieces, whens))
        self._hear_when(whens)
        if not self.title and self.type_id is not None and self._names_a_type(pieces):
            self.title = _name(self.type_id, self.around.types)
        if not self.title:
            self._miss("no_title", "Say what it is, as in Boiler survey.")
        if self.type_id is None and not self._names_a_type(pieces):
            self._miss("no_type", "Say which type it is.", self._type_choices())

    def meaning(self) -> QuickEntry | Fault:
        """Return what was said, or the first fault; what is only missing comes last."""
        if self.faults or self.span is None or self.type_id is None:
            return min(self.faults, key=lambda fault: (fault.missing, fault.start))
        start, end, all_day = self.span
        people = tuple(dict.fromkeys(self.people)) or (self.around.me,)
        return QuickEntry(self.title, start, end, all_day, self.type_id, people, self.place)

    def _clearest(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Return the pieces that say when it is: one for the days, the hours and the length."""
        parts: tuple[tuple[str, Callable[[Piece], int]], ...] = (
            ("days", lambda piece: piece.days.clear if piece.days else 0),
            ("times", _clearness),
            ("lengths", lambda piece: int(piece.length is not None)),
        )
        chosen = [piece for piece in pieces if piece.all_day][:1]
        for noun, clearness in parts:
            most = max(map(clearness, pieces), default=0)
            best = [piece for piece in pieces if most and clearness(piece) == most]
            if len(best) > 1:
                self._two(noun, best[0], best[1])
            chosen += [piece for piece in best[:1] if piece not in chosen]
        return chosen

    def _two(self, noun: str, one: Piece, other: Piece) -> None:
        sentence = (
            f"There are two {noun}, “{one.text}” and “{other.text}”. "
            "Put what belongs to the title in quotes."
        )
        choices = tuple(
            Choice(f"“{piece.text}” is the title", self._with(piece, names.quoted(piece.text)))
            for piece in (one, other)
        )
        self._fault(f"two_{noun}", sentence, other, choices)

    def _hear_names(self, pieces: Sequence[Piece]) -> None:
        typed = [piece for piece in pieces if piece.kind == Kind.TYPE]
        if len(typed) > 1:
            sentence = "An entry has one type. Put what belongs to the title in quotes."
            self._fault("two_types", sentence, typed[1])
        for piece in typed[:1]:
            self.type_id = self._named(piece, self.around.types, "type")
        if not typed:
            self.type_id = self.around.usual_type
        for piece in pieces:
            if piece.kind == Kind.PERSON:
                self._hear_person(piece)

    def _hear_person(self, piece: Piece) -> None:
        if piece.text.casefold() == "me":
            self.people.append(self.around.me)
        elif found := self._named(piece, self.around.people, "person"):
            self.people.append(found)

    def _named(self, piece: Piece, known: Sequence[Named], noun: str) -> int | None:
        found = names.found(piece.text, known)
        if len(found) == 1:
            return found[0].id
        if found:
            sentence = f"{piece.kind.value}{piece.text} can be more than one {noun}."
            self._fault(f"ambiguous_{noun}", sentence, piece, self._choices(piece, found, known))
        else:
            near = names.near(piece.text, known)
            sentence = f"There is no {noun} {piece.kind.value}{piece.text}."
            self._fault(f"unknown_{noun}", sentence, piece, self._choices(piece, near, known))
        return None

    def _choices(
        self, piece: Piece, found: Sequence[Named], known: Sequence[Named]
    ) -> tuple[Choice, ...]:
        return tuple(
            Choice(
                _told_apart(name, found),
                self._with(piece, piece.kind.value + names.shortest(name, known)),
            )
            for name in found[: names.MOST_OFFERED]
        )

    def _type_choices(self) -> tuple[Choice, ...]:
        line = self.line.rstrip()
        return tuple(
            Choice(name.name, f"{line} #{names.shortest(name, self.around.types)}")
            for name in self.around.types[: names.MOST_OFFERED]
        )

    def _hear_texts(self, pieces: Iterator[Piece]) -> None:
        title, place = _texts(pieces)
        self.title, self.place = _joined(title), _joined(place)

    def _hear_when(self, whens: Sequence[Piece]) -> None:
        for piece in whens:
            if piece.trouble:
                self._fault("not_a_time", piece.trouble, piece)
                return
        if not whens:
            self._miss("no_when", "Say when it is, as in Thu 14-15.")
            return
        try:
            self.span = span_of(whens, self.around.now)
        except (days.NoSuchDayError, hours.BackwardsError) as trouble:
            # Days are what is wrong with days; hours are backwards.
            wants_days = isinstance(trouble, days.NoSuchDayError)
            place = next((p for p in whens if (p.days if wants_days else p.hours)), whens[0])
            self._fault("no_such_day" if wants_days else "backwards", str(trouble), place)
        except NotSaidError as missing:
            self._miss("no_when", str(missing))
        except TooMuchError as trouble:
            self._fault("two_ends", str(trouble), whens[-1])

    def _names_a_type(self, pieces: Sequence[Piece]) -> bool:
        return any(piece.kind == Kind.TYPE for piece in pieces)

    def _with(self, piece: Piece, instead: str) -> str:
        return self.line[: piece.start] + instead + self.line[piece.end :]

    def _fault(
        self, code: str, sentence: str, piece: Piece, choices: tuple[Choice, ...] = ()
    ) -> None:
        self.faults.append(Fault(code, sentence, piece.start, piece.end, choices))

    def _miss(self, code: str, sentence: str, choices: tuple[Choice, ...] = ()) -> None:
        end = len(self.line)
        self.faults.append(Fault(code, sentence, end, end, choices, missing=True))


def _clearness(piece: Piece) -> int:
    if piece.hours:
        return piece.hours.clear
    return 3 if piece.trouble else 0


def _settled(line: str, pieces: Sequence[Piece], whens: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the pieces, those that do not say when it is after all as the words they are."""
    for piece in pieces:
        if piece.kind == Kind.WHEN and piece not in whens:
            yield from as_words(line, piece)
        else:
            yield piece


def _texts(pieces: Iterator[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Return the words of the title and those of the place."""
    title: list[Piece] = []
    place: list[Piece] = []
    into, after_when, at = title, False, None
    for piece in pieces:
        if piece.kind not in (Kind.WORD, Kind.QUOTED):
            into, after_when = title, after_when or piece.kind == Kind.WHEN
        elif piece.text.casefold() == "at" and after_when and at is None:
            into, at = place, piece
        else:
            into.append(piece)
    if at and not place:
        title.append(at)
    return title, place


def _joined(words: Sequence[Piece]) -> str:
    """Return the text of these words, without the signs that stood between them and a day."""
    heard = [word for word in words if word.kind == Kind.QUOTED or word.text.strip(_STRAY)]
    text = " ".join(word.text for word in heard)
    if heard and heard[-1].kind == Kind.WORD:
        text = text.rstrip(_STRAY_BEHIND)
    if heard and heard[0].kind == Kind.WORD:
        text = text.lstrip(_STRAY)
    return text


def _told_apart(name: Named, among: Sequence[Named]) -> str:
    """Return the name, with its handle where another one of `among` is called the same."""
    same = [other for other in among if other.name == name.name]
    return f"{name.name} ({name.handle})" if len(same) > 1 and name.handle else name.name


def _name(type_id: int, types: Sequence[Named]) -> str:
    return next(kind.name for kind in types if kind.id == type_id)
