"""The way a first version sends invitations: row by row, with Django and the icalendar library."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import icalendar
from benchmarks.firm import NOW, log_line
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction

from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, CalendarState


def send_row_by_row(calendar_ids: Iterable[int]) -> int:
    """Load, write, send over a connection of its own, save and log each; return how many."""
    done = 0
    for calendar_id in calendar_ids:
        calendar = Calendar.objects.get(pk=calendar_id)
        entry = DiaryEntry.objects.get(pk=calendar.entry_id)
        _mail(calendar, entry).send()
        calendar.state, calendar.state_at, calendar.due_at = CalendarState.SENT, NOW, None
        with transaction.atomic():
            calendar.save()
            log_line(calendar, method="REQUEST", sequence=0).save()
        done += 1
    return done


def _mail(calendar: Calendar, entry: DiaryEntry) -> EmailMultiAlternatives:
    creator = entry.creator
    assert creator is not None
    account = creator.mail_account
    invitation = _invitation(entry)
    words = f"{entry.title}\n{entry.location}\n{entry.notes}"
    mail = EmailMultiAlternatives(
        subject=f"Invitation: {entry.title}",
        body=words,
        from_email=f"{creator.name} <{account.from_address}>",
        to=[calendar.address],
        connection=get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host=account.host, port=account.port
        ),
    )
    mail.attach_alternative(f"<html><body><pre>{words}</pre></body></html>", "text/html")
    mail.attach_alternative(invitation.decode(), "text/calendar; method=REQUEST")
    mail.attach("invite.ics", invitation, "application/ics")
    return mail


def _invitation(entry: DiaryEntry) -> bytes:
    zone = ZoneInfo(entry.timezone)
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("sequence", 0)
    event.add("dtstamp", datetime.now(zone))
    event.add("dtstart", entry.starts_at.astimezone(zone))
    event.add("dtend", entry.ends_at.astimezone(zone))
    event.add("summary", entry.title)
    event.add("location", entry.location)
    event.add("description", entry.notes)
    event.add("status", "CONFIRMED")
    assert entry.creator is not None
    event.add("organizer", icalendar.vCalAddress(f"mailto:{entry.creator.email}"), encode=False)
    for person in entry.assigned.all():
        attendee = icalendar.vCalAddress(f"mailto:{person.email}")
        attendee.params["CN"] = person.name
        attendee.params["CUTYPE"] = "INDIVIDUAL"
        attendee.params["ROLE"] = "REQ-PARTICIPANT"
        attendee.params["PARTSTAT"] = "NEEDS-ACTION"
        attendee.params["RSVP"] = "TRUE"
        event.add("attendee", attendee, encode=False)
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Daybook//Daybook//EN")
    calendar.add("method", "REQUEST")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
