"""Diary entries, their types, and who is on them."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy

from daybook.calendaring.event import Disclosure, Facts, Moment, Span, State
from daybook.entries.wall_time import WallTimeField
from daybook.entries.words_column import WordsField
from daybook.people.models import Person

COLOURS = [
    ("blue", gettext_lazy("Blue")),
    ("teal", gettext_lazy("Teal")),
    ("green", gettext_lazy("Green")),
    ("olive", gettext_lazy("Olive")),
    ("amber", gettext_lazy("Amber")),
    ("orange", gettext_lazy("Orange")),
    ("red", gettext_lazy("Red")),
    ("pink", gettext_lazy("Pink")),
    ("purple", gettext_lazy("Purple")),
    ("indigo", gettext_lazy("Indigo")),
    ("brown", gettext_lazy("Brown")),
    ("grey", gettext_lazy("Grey")),
]
DISCLOSURES = [
    (Disclosure.FULL.value, gettext_lazy("Everything")),
    (Disclosure.TITLE.value, gettext_lazy("Title, time and people")),
    (Disclosure.BUSY.value, gettext_lazy("Only that the time is taken")),
]


class DiaryEntryType(models.Model):
    """A kind of entry; its flag decides whether entries of it may leave the diary."""

    name = models.CharField(max_length=80)
    colour = models.CharField(max_length=10, choices=COLOURS, default="blue")
    synchronise = models.BooleanField(
        gettext_lazy("Allow this diary type to synchronise with external calendars"), default=False
    )
    disclosure = models.CharField(max_length=5, choices=DISCLOSURES, default=Disclosure.FULL)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = [Lower("name")]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_type_per_name")]

    def __str__(self) -> str:
        return self.name


class Origin(models.TextChoices):
    """What made an entry."""

    PERSON = "person", gettext_lazy("a person")
    AUTOMATION_RULE = "automation_rule", gettext_lazy("an automation rule")
    STAGE_ACTION = "stage_action", gettext_lazy("a stage action")
    IMPORT = "import", gettext_lazy("an import")
    SERVICE = "service", gettext_lazy("a service")


# What lasts longer than this is looked up by an index of its own, so that finding what is going on
# now need not look at everything that ever began.
LONG = timedelta(days=1)

STATES = [(state.value, state.value.capitalize()) for state in State]


class DiaryEntry(models.Model):
    """One entry of the diary: wall times in one zone, and the instants they come to.

    `end_wall` and `ends_at` are not included in the entry. All-day: both walls are midnights.
    Change an entry by the verbs of `changing.py` only; they mark its calendars due.
    """

    uid = models.CharField(max_length=255, unique=True)
    type = models.ForeignKey(DiaryEntryType, on_delete=models.PROTECT, related_name="entries")
    title = models.CharField(max_length=200)
    notes = models.TextField(blank=True)
    location = models.CharField(max_length=250, blank=True)

    all_day = models.BooleanField(default=False)
    timezone = models.CharField(max_length=64)
    start_wall = WallTimeField()
    end_wall = WallTimeField()
    start_second = models.BooleanField(default=False)
    end_second = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # `starts_at` again if it lasts longer than LONG, else None; set by `drafts.span_columns`.
    long_since = models.DateTimeField(null=True)

    assigned: models.ManyToManyField[Person, Assignment] = models.ManyToManyField(
        Person, through="Assignment", related_name="assigned_entries"
    )
    creator = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    origin = models.CharField(max_length=16, choices=Origin.choices, default=Origin.PERSON)
    state = models.CharField(max_length=9, choices=STATES, default=State.OPEN)
    state_at = models.DateTimeField(null=True)
    state_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name_plural = "diary entries"
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="ends_after_start")
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="entry_starts"),
            models.Index(fields=["ends_at"], name="entry_ends"),
            models.Index(
                fields=["long_since", "ends_at"],
                name="entry_long",
                condition=Q(long_since__isnull=False),
            ),
            models.Index(fields=["type", "ends_at"], name="entry_type_ends"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/entries/{self.pk}/"

    @property
    def span(self) -> Span:
        """Return when the entry is."""
        return Span(
            Moment(self.start_wall, self.timezone, self.start_second),
            Moment(self.end_wall, self.timezone, self.end_second),
            self.all_day,
        )

    @property
    def facts(self) -> Facts:
        """Return everything guests could see of it, before disclosure."""
        return Facts(self.span, self.title, self.location, self.notes)


class Assignment(models.Model):
    """A person on an entry. `position` keeps the order people were named in."""

    entry = models.ForeignKey(DiaryEntry, on_delete=models.CASCADE, related_name="assignments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "person"], name="assigned_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.entry}"


class OwnReminders(models.Model):
    """What a person chose for one entry in place of their habit. No `minutes`: no reminder.

    Times were chosen for an entry that is, or is not, of whole days; for the other kind the habit
    counts again.
    """

    entry = models.ForeignKey(DiaryEntry, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    all_day = models.BooleanField(default=False)
    minutes = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "person"], name="one_choice_of_reminders")
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.entry}"

    def applies_to(self, entry: DiaryEntry) -> bool:
        """Return whether this counts while the entry is as it is."""
        return not self.minutes or self.all_day == entry.all_day


class EntryWords(models.Model):
    """What an entry is found by; kept by the verbs through `matching.index`."""

    entry = models.OneToOneField(
        DiaryEntry, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    words = WordsField()

    class Meta:
        verbose_name_plural = "entry words"

    def __str__(self) -> str:
        return f"words of {self.entry_id}"


class ReminderState(models.TextChoices):
    """What became of a reminder."""

    WAITING = "waiting"
    GIVEN = "given"
    DROPPED = "dropped"


class Reminder(models.Model):
    """One reminder of one person for one beginning of an entry: given once, whatever happens.

    It is for the entry as it begins at `starts_at`; an entry that moves gets others, and one that
    moves back finds those that were given. `due_at` is set while it waits. `ends_at` is until when
    the pages show it. Those of `in_browser` are shown until `seen_at`.
    """

    entry = models.ForeignKey(DiaryEntry, on_delete=models.CASCADE, related_name="reminders")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="reminders")
    starts_at = models.DateTimeField()
    minutes = models.IntegerField()
    due_at = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=8, choices=ReminderState.choices, default=ReminderState.WAITING
    )
    given_at = models.DateTimeField(null=True)
    in_browser = models.BooleanField(default=False)
    announced_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    # Why it could not be mailed, as a code of the sync log; "" otherwise.
    not_mailed = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "person", "starts_at", "minutes"], name="reminded_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="reminder_due"
            ),
            models.Index(
                fields=["person"],
                condition=Q(in_browser=True, seen_at__isnull=True),
                name="reminder_shown",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} minutes before {self.entry}, to {self.person}"
