"""Every reason code, as the sentence people read."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_lazy

from daybook.calendaring.plan import GateCode
from daybook.ledger.models import CalendarState
from daybook.people.faults import Words

REASONS: dict[str, Words] = {
    "": "",
    # The gates.
    "entry_deleted": gettext_lazy("The entry was deleted."),
    "entry_cancelled": gettext_lazy("The entry was cancelled."),
    "type_not_synchronised": gettext_lazy("Entries of this type stay in the diary."),
    "person_inactive": gettext_lazy("This person is not active any more."),
    "not_assigned": gettext_lazy("This person is not on the entry."),
    "diary_sync_off": gettext_lazy("Diary synchronisation is off for this person."),
    "address_missing": gettext_lazy("This person has no email address."),
    "address_changed": gettext_lazy("This person has another email address now."),
    "over": gettext_lazy("The entry is over."),
    "no_sender": gettext_lazy(
        "Nobody on the entry has a mail account that could send the invitation."
    ),
    "organiser_cannot_send": (
        gettext_lazy(
            "Only the organiser's mailbox can change what was sent, and it cannot send at present."
        )
    ),
    "handed_over": gettext_lazy("Somebody else organises this entry now."),
    # What became of a message.
    "superseded": gettext_lazy("Something newer was to be said before this left."),
    "released": gettext_lazy("Left as it is by choice, until the entry is changed."),
    "recipient_refused": gettext_lazy("The mail server says that this address does not exist."),
    "message_refused": gettext_lazy("The mail server did not take the message."),
    "given_up": gettext_lazy("The mail server did not take the message for five days."),
    "deferred": gettext_lazy("The mail server asked to try again later."),
    "cannot_be_written": gettext_lazy(
        "Daybook could not write this message. This is a fault of Daybook."
    ),
    "stops_workers": gettext_lazy(
        "Daybook stopped working each time it came to this. This is a fault of Daybook."
    ),
    # What is wrong with an account.
    "sign_in_refused": gettext_lazy("The mail server does not accept the user name and password."),
    "server_unverified": gettext_lazy("The mail server could not prove that it is the right one."),
    "host_not_allowed": gettext_lazy("Connections to this mail server are not allowed."),
    "host_unknown": gettext_lazy("There is no mail server of that name."),
    "account_removed": gettext_lazy("The mail account this was sent from was removed."),
    "sender_refused": gettext_lazy(
        "The mail server does not let this account send from that address."
    ),
    "daily_limit": gettext_lazy(
        "The mail provider's daily limit is reached; sending goes on when it ends."
    ),
    "credentials_unreadable": gettext_lazy(
        "The stored password cannot be read; please enter it again."
    ),
    "unreachable": gettext_lazy("The mail server does not answer."),
    "timed_out": gettext_lazy("The mail server took too long to answer."),
    "connection_lost": gettext_lazy("The connection to the mail server broke."),
    "protocol_error": gettext_lazy("What answers there is not a mail server."),
    "server_busy": gettext_lazy("The mail server is busy."),
    "server_refused": gettext_lazy("The mail server does not take mail here."),
    "server_closing": gettext_lazy("The mail server closed the connection."),
    "too_fast": gettext_lazy("The mail server asked to slow down."),
}

GATES = {
    GateCode.ENTRY_OPEN: gettext_lazy("The entry is neither cancelled nor deleted."),
    GateCode.TYPE_SYNCHRONISES: gettext_lazy("Entries of this type may leave the diary."),
    GateCode.PERSON_ACTIVE: gettext_lazy("The person is active."),
    GateCode.ASSIGNED: gettext_lazy("The person is on the entry."),
    GateCode.DIARY_SYNC: gettext_lazy("Diary synchronisation is on for the person."),
    GateCode.ADDRESS: gettext_lazy("The person has an email address."),
    GateCode.NOT_OVER: gettext_lazy("The entry is not over."),
    GateCode.SENDER: gettext_lazy("Somebody can send the invitation."),
}

STATES = {
    CalendarState.WAITING: gettext_lazy("Waiting to be sent."),
    CalendarState.SENT: gettext_lazy("Sent."),
    CalendarState.PROBLEM: gettext_lazy("It could not be sent."),
    CalendarState.NOT_SENT: gettext_lazy("Not sent."),
    CalendarState.WITHDRAWN: gettext_lazy("Taken out of the calendar again."),
}


# Of what should be gone from a calendar and may not be.
LEFT_BEHIND = gettext_lazy(
    "The mail server did not take the cancellation, so the entry may still be in this calendar."
)


def sentence(reason: str) -> str:
    """Return the sentence of a reason code, "" for "". Raises KeyError for one nobody knows."""
    return str(REASONS[reason])


def state_sentence(state: CalendarState, reason: str, *, by_file: bool = False) -> str:
    """Return one sentence for a state and its reason.

    `by_file`: the own copy was mailed as a file, which nobody should take for being in the
    calendar.
    """
    if state is CalendarState.SENT and not reason and by_file:
        return gettext("Mailed to you as a file to open.")
    if state is CalendarState.WITHDRAWN and reason == "message_refused":
        return str(LEFT_BEHIND)
    return str(REASONS[reason] or STATES[state])
