"""Every story in exchanges/*.txt is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.calendaring.exchange import Story, StoryError

STORIES = sorted((Path(__file__).parent / "exchanges").glob("*.txt"))


def told(lines: list[str]) -> None:
    """Tell a story; the message of what goes wrong names the line."""
    story, at = Story(), "the beginning"
    try:
        for at in (f"line {number}: {line}" for number, line in enumerate(lines, 1)):
            line = at.partition(": ")[2]
            if line.strip() and not line.startswith("#"):
                story.tell(line)
        story.end()
    except (StoryError, AssertionError) as wrong:
        raise StoryError(f"{at}\n  {wrong}") from wrong


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_is_true(path: Path) -> None:
    told(path.read_text(encoding="utf-8").splitlines())


BEGINNING = [
    "people: ada (can send), ben",
    '> save "Survey" 26 Nov 2026 10:00-11:00 for ben by ada',
]
INVITED = "< mail to ben  REQUEST  sequence 0"


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ([], "not named before: mail to ben@firm.example REQUEST sequence 0"),
        (["< nothing"], "not named before"),
        (["< mail to ben  CANCEL  sequence 0"], "no such mail"),
        (["< mail to ben  REQUEST  sequence 1"], "no such mail"),
        ([INVITED + " from ben"], "it came from ada@firm.example"),
        ([INVITED + ' "Cancelled"'], "it says 'Invitation: Survey"),
        ([INVITED, INVITED], "no such mail"),
        ([INVITED, "= ben's calendar: nothing"], "it shows"),
        ([INVITED, '= ben\'s calendar: "Survey" 26 Nov 2026 10:00-12:00'], "it shows"),
        ([INVITED, "? ben: diary_sync_off"], "the diary says yes"),
        ([INVITED, "> dance"], "nobody knows how"),
        ([INVITED, "ben dances"], "a line begins with"),
    ],
)
def test_a_story_that_is_not_true_is_found_out(wrong: list[str], complaint: str) -> None:
    with pytest.raises(StoryError, match=complaint):
        told([*BEGINNING, *wrong])
