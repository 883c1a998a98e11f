"""Every reason code, as the sentence people read."""

from __future__ import annotations

from daybook.calendaring.plan import GateCode
from daybook.ledger.models import CalendarState

REASONS = {
    "": "",
    # The gates.
    "entry_deleted": "The entry was deleted.",
    "entry_cancelled": "The entry was cancelled.",
    "type_not_synchronised": "Entries of this type stay in the diary.",
    "person_inactive": "This person is not active any more.",
    "not_assigned": "This person is not on the entry.",
    "diary_sync_off": "Diary synchronisation is off for this person.",
    "address_missing": "This person has no email address.",
    "address_changed": "This person has another email address now.",
    "over": "The entry is over.",
    "no_sender": "Nobody on the entry has a mail account that could send the invitation.",
    "organiser_cannot_send": (
        "Only the organiser's mailbox can change what was sent, and it cannot send at present."
    ),
    "handed_over": "Somebody else organises this entry now.",
    # What became of a message.
    "superseded": "Something newer was to be said before this left.",
    "released": "Left as it is by choice, until the entry is changed.",
    "recipient_refused": "The mail server says that this address does not exist.",
    "message_refused": "The mail server did not take the message.",
    "given_up": "The mail server did not take the message for five days.",
    "deferred": "The mail server asked to try again later.",
    "cannot_be_written": "Daybook could not write this message. This is a fault of Daybook.",
    # What is wrong with an account.
    "sign_in_refused": "The mail server does not accept the user name and password.",
    "server_unverified": "The mail server could not prove that it is the right one.",
    "host_not_allowed": "Connections to this mail server are not allowed.",
    "host_unknown": "There is no mail server of that name.",
    "account_removed": "The mail account this was sent from was removed.",
    "sender_refused": "The mail server does not let this account send from that address.",
    "daily_limit": "The mail provider's daily limit is reached; sending goes on when it ends.",
    "credentials_unreadable": "The stored password cannot be read; please enter it again.",
    "unreachable": "The mail server does not answer.",
    "timed_out": "The mail server took too long to answer.",
    "connection_lost": "The connection to the mail server broke.",
    "protocol_error": "What answers there is not a mail server.",
    "server_busy": "The mail server is busy.",
    "server_refused": "The mail server does not take mail here.",
    "server_closing": "The mail server closed the connection.",
    "too_fast": "The mail server asked to slow down.",
}

GATES = {
    GateCode.ENTRY_OPEN: "The entry is neither cancelled nor deleted.",
    GateCode.TYPE_SYNCHRONISES: "Entries of this type may leave the diary.",
    GateCode.PERSON_ACTIVE: "The person is active.",
    GateCode.ASSIGNED: "The person is on the entry.",
    GateCode.DIARY_SYNC: "Diary synchronisation is on for the person.",
    GateCode.ADDRESS: "The person has an email address.",
    GateCode.NOT_OVER: "The entry is not over.",
    GateCode.SENDER: "Somebody can send the invitation.",
}

STATES = {
    CalendarState.WAITING: "Waiting to be sent.",
    CalendarState.SENT: "Sent.",
    CalendarState.PROBLEM: "It could not be sent.",
    CalendarState.NOT_SENT: "Not sent.",
    CalendarState.WITHDRAWN: "Taken out of the calendar again.",
}


def sentence(reason: str) -> str:
    """Return the sentence of a reason code, "" for "". Raises KeyError for one nobody knows."""
    return REASONS[reason]


def state_sentence(state: CalendarState, reason: str, *, by_file: bool = False) -> str:
    """Return one sentence for a state and its reason.

    `by_file`: the own copy was mailed as a file, which nobody should take for being in the
    calendar.
    """
    if state is CalendarState.SENT and not reason and by_file:
        return "Mailed to you as a file to open."
    return REASONS[reason] or STATES[state]
