"""What every calendar was told, what it is owed, and the exact bytes between the two.

Entries, people and mail accounts are known by plain id only: a calendar stays somebody's calendar
when the entry, the person or the account behind it is gone.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

Json = dict[str, Any]


class UidCounter(models.Model):
    """One UID's version and organiser; never deleted, never lowered (RFC 5546 section 2.1.4)."""

    uid = models.CharField(max_length=255, primary_key=True)
    entry_id = models.BigIntegerField(db_index=True)
    sequence = models.PositiveIntegerField(default=0)
    # The highest SEQUENCE any frozen parcel of this UID carries; None while nothing was frozen.
    frozen = models.PositiveIntegerField(null=True)
    last_dtstamp = models.DateTimeField(null=True)
    # Fixed when the first parcel is frozen: a person's id, or None for the service organiser;
    # "" while nothing was frozen.
    organiser_id = models.BigIntegerField(null=True)
    organiser_address = models.CharField(max_length=254, blank=True)
    organiser_key = models.CharField(max_length=254, blank=True)
    account_id = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(frozen__isnull=True) | Q(frozen__lte=F("sequence")),
                name="counter_is_never_behind_what_was_frozen",
            )
        ]

    def __str__(self) -> str:
        return f"{self.uid} at {self.sequence}"

    @property
    def organiser_fixed(self) -> bool:
        """Return whether a first parcel has named the organiser of this UID."""
        return bool(self.organiser_address)


class CalendarState(models.TextChoices):
    """The five states people see, with their labels."""

    WAITING = "waiting", gettext_lazy("Waiting")
    SENT = "sent", gettext_lazy("Sent")
    PROBLEM = "problem", gettext_lazy("Problem")
    NOT_SENT = "not_sent", gettext_lazy("Not sent")
    WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")


class Calendar(models.Model):
    """One row of the ledger: one entry in the calendar behind one address.

    `told` is the snapshot of the last word. `doubts` are what the calendar holds if that got lost:
    snapshots, or None for nothing; empty once a message surely arrived. `due_at` None means
    nothing to do.
    """

    uid = models.CharField(max_length=255)
    address_key = models.CharField(max_length=254)
    recurrence_id = models.CharField(max_length=64, default="", blank=True)
    entry_id = models.BigIntegerField()
    address = models.CharField(max_length=254)
    # Whose calendar it was when somebody last looked; for the log, never for a decision.
    person_id = models.BigIntegerField(null=True)

    due_at = models.DateTimeField(null=True)
    # The quiet period ends here however many edits follow; None while nothing waits.
    due_by = models.DateTimeField(null=True)
    bulk = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    # The account that would carry the next step; None until a worker has asked.
    account_id = models.BigIntegerField(null=True)
    # Raised with every mark: a worker's answer to an older mark must not clear a newer one.
    mark = models.BigIntegerField(default=0)

    # The parcel whose contents are the last word, or the last word itself where no parcel is: after
    # a restore, or if nobody knows whether a message arrived.
    told_by = models.BigIntegerField(null=True)
    remembered = models.JSONField(null=True)
    told_at = models.DateTimeField(null=True)
    doubts = models.JSONField(default=list)
    # The highest SEQUENCE frozen for this calendar; kept when it is withdrawn.
    frozen = models.PositiveIntegerField(null=True)
    parcel_id = models.BigIntegerField(null=True)

    # Workers that died with this calendar in hand; above 0 it is looked at alone.
    deaths = models.PositiveSmallIntegerField(db_default=0)

    # A refused or given-up step is not tried again for the same holding.
    refused_print = models.CharField(max_length=64, blank=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.BigIntegerField(null=True)

    state = models.CharField(
        max_length=10, choices=CalendarState.choices, default=CalendarState.NOT_SENT
    )
    reason = models.CharField(max_length=64, blank=True)
    state_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uid", "address_key", "recurrence_id"], name="one_row_per_calendar"
            )
        ]
        indexes = [
            models.Index(
                fields=["account_id", "bulk", "starts_at", "id"],
                condition=Q(due_at__isnull=False),
                name="calendar_due",
            ),
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="calendar_due_first"
            ),
            models.Index(fields=["entry_id"], name="calendar_entry"),
            models.Index(fields=["address_key"], name="calendar_address"),
        ]

    def __str__(self) -> str:
        return f"{self.uid} for {self.address_key}"

    @cached_property
    def told(self) -> Json | None:
        """The snapshot of the last word (see `told.py`), None for nothing or a withdrawal.

        Read when it is first asked for; `told.fetch` reads those of many calendars at once. Raises
        Contents.DoesNotExist if somebody removed the parcel.
        """
        if self.told_by is None:
            return self.remembered
        rows = Contents.objects.values_list("own", "body__words")
        return joined(*rows.get(pk=self.told_by))


def joined(own: Json | None, shared: Json | None) -> Json | None:
    """Return a snapshot of which a part may be kept with a body; a withdrawal has none."""
    return {**shared, **own} if own is not None and shared is not None else own


# The calendars that hold something by their last word.
TOLD = Q(told_by__isnull=False) | Q(remembered__isnull=False)


class ParcelState(models.TextChoices):
    """Where one message is on its way."""

    FROZEN = "frozen"
    OPENED = "opened"
    SENT = "sent"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    DROPPED = "dropped"


class Parcel(models.Model):
    """One message, byte for byte, from before it first leaves; every retry sends these bytes.

    `uncertain`: a try ended after the last byte and before the answer, so it may have arrived.
    What never changes of it is in its `contents`, to be loaded with many of them.
    """

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="parcels")
    account_id = models.BigIntegerField()
    method = models.CharField(max_length=16)
    uid = models.CharField(max_length=255)
    sequence = models.PositiveIntegerField()
    dtstamp = models.DateTimeField()
    message_id = models.CharField(max_length=255, unique=True)
    envelope_from = models.CharField(max_length=254)
    envelope_to = models.CharField(max_length=254)
    # What the calendar shows once it has arrived, in short: see `reconcile.print_of`.
    print = models.CharField(max_length=64)

    state = models.CharField(max_length=10, choices=ParcelState.choices, default=ParcelState.FROZEN)
    uncertain = models.BooleanField(default=False)
    # A person asked for these very bytes once more, whatever became of them before.
    resend = models.BooleanField(default=False)
    tries = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    claim = models.BigIntegerField(default=0)
    frozen_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # The sliding pace of an account counts what it opened lately.
            models.Index(fields=["account_id", "opened_at"], name="parcel_opened"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.sequence} to {self.envelope_to}"

    @cached_property
    def told(self) -> Json | None:
        """What the calendar holds once it has arrived, None for a withdrawal (see `told.py`)."""
        return self.contents.snapshot

    @cached_property
    def pieces(self) -> tuple[bytes, bytes]:
        """The message, byte for byte: what is its own, and what it has in common with others."""
        body = self.contents.body
        return bytes(self.contents.head), b"" if body is None else bytes(body.data)

    @property
    def data(self) -> bytes:
        """The message, byte for byte."""
        return b"".join(self.pieces)


class Body(models.Model):
    """What several messages have in common: whoever is invited to an entry reads the same.

    The bytes they end with, and of what their calendars hold by them all that is not one's own.
    """

    data = models.BinaryField()
    # None with those of an earlier version: then each of the messages keeps its own, whole.
    words = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{len(self.data)} bytes"


class Contents(models.Model):
    """What never changes of one parcel: its bytes, and what its calendar holds by them.

    In a table of their own, because a database writes a changed row anew as a whole, and the
    parcel's row changes twice on its way. The message is `head` and then `body`, if it has one.
    What its calendar holds by it, `snapshot`, is `own` and with it the words of that body.
    """

    parcel = models.OneToOneField(
        Parcel, on_delete=models.CASCADE, primary_key=True, related_name="contents"
    )
    head = models.BinaryField()
    body = models.ForeignKey(Body, on_delete=models.PROTECT, null=True, db_index=False)
    own = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{len(self.head)} bytes of {self.parcel_id}"

    @property
    def snapshot(self) -> Json | None:
        """What the calendar holds by it, None for a withdrawal."""
        return joined(self.own, None if self.body is None else self.body.words)


class LogLine(models.Model):
    """A line of the sync log: one message and what became of it, or a reason for none."""

    entry_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    address = models.CharField(max_length=254)
    uid = models.CharField(max_length=255)
    calendar_id = models.BigIntegerField(db_index=True)
    parcel_id = models.BigIntegerField(null=True, unique=True)
    account_id = models.BigIntegerField(null=True)
    method = models.CharField(max_length=16, blank=True)
    sequence = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, choices=CalendarState.choices)
    reason = models.CharField(max_length=64, blank=True)
    server_reply = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["entry_id", "-id"], name="log_entry"),
            models.Index(fields=["person_id", "-id"], name="log_person"),
            # Of most lines it becomes true that they are sent: those are found without, and what
            # is written with every answer is one page less for the index to change.
            models.Index(fields=["state", "-id"], condition=~Q(state="sent"), name="log_state"),
        ]

    def __str__(self) -> str:
        return f"{self.method} to {self.address}: {self.state}"
