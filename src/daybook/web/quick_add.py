"""Quick add: one line that is read back and saved."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from daybook.entries import changing
from daybook.people.faults import InvalidInput
from daybook.web import undo
from daybook.web.access import PersonRequest, page
from daybook.web.back import back
from daybook.web.quick_reading import Reading, read_line


@page("GET", "POST")
def quick_add(request: PersonRequest) -> HttpResponse:
    """Read the field `line` back, or save it and go back to where it was typed.

    A form without script sends `read`: then the page says what it read and asks. `preview` is
    answered with the part below the field. A GET never saves.
    """
    sent = request.POST if request.method == "POST" else request.GET
    reading = read_line(sent.get("line", ""), request.user)
    if "preview" in request.POST:
        return render(request, "entries/quick_reading.html", {"reading": reading})
    mistakes: list[str] = []
    if request.method == "POST" and "read" not in request.POST and reading.changes:
        try:
            _save(request, reading)
        except InvalidInput as trouble:
            mistakes = [fault.sentence for fault in trouble.faults]
        else:
            return redirect(back(request))
    refused = request.method == "POST" and (mistakes or reading.fault)
    return render(
        request,
        "entries/quick.html",
        {
            "section": "diary",
            "reading": reading,
            "mistakes": mistakes,
            "back": sent.get("back", ""),
        },
        status=422 if refused else 200,
    )


def _save(request: PersonRequest, reading: Reading) -> None:
    """Make the entry, and say what was made and whom it reaches. Raises InvalidInput."""
    if reading.changes is None:
        return
    made = changing.create(reading.changes, creator=request.user, now=timezone.now())
    # The title is put in where it is said; a per cent sign of the rest is only a sign.
    parts = {"title": "%(title)s", "when": reading.sentence.replace("%", "%%")}
    outcome = gettext("“%(title)s” is in the diary: %(when)s.") % parts
    undo.said(request, made, outcome, None)
    if reading.twice:
        messages.info(request, reading.twice)
    if reading.clashes:
        messages.warning(request, " ".join(reading.clashes))
