"""What a server's words mean, and what is kept of them."""

from __future__ import annotations

import base64

import pytest

from daybook.couriers.courier import AccountTrouble, Refused, TryLater, ends_batch
from daybook.couriers.replies import (
    NotAReplyError,
    Reply,
    Step,
    read_reply,
    refusal,
    secrets_of,
    shown,
)


def said(words: str) -> Reply:
    return read_reply([words.encode()])


SIGN_IN = "AccountTrouble sign_in_refused"
UNVERIFIED = "AccountTrouble server_unverified"
SENDER = "AccountTrouble sender_refused"
DAILY = "AccountTrouble daily_limit"
RECIPIENT = "Refused recipient_refused"
MESSAGE = "Refused message_refused"

MEANINGS = [
    (Step.GREETING, "421 4.3.2 too many connections", "TryLater too_fast"),
    (Step.GREETING, "421 shutting down", "TryLater server_closing"),
    (Step.GREETING, "432 4.3.2 Concurrent connections limit exceeded", "TryLater too_fast"),
    (Step.GREETING, "450 later", "TryLater server_busy"),
    (Step.GREETING, "554 5.7.1 your address is listed", "TryLater server_refused"),
    (Step.EHLO, "452 out of storage", "TryLater server_busy"),
    (Step.EHLO, "550 go away", "TryLater server_refused"),
    (Step.STARTTLS, "454 TLS not available now", "TryLater server_busy"),
    (Step.STARTTLS, "502 not implemented", UNVERIFIED),
    (Step.AUTH, "454 4.7.0 temporary failure", "TryLater server_busy"),
    (Step.AUTH, "432 4.7.12 a password transition is needed", SIGN_IN),
    (Step.AUTH, "334 more", "TryLater protocol_error"),
    (Step.AUTH, "535 5.7.8 Username and Password not accepted", SIGN_IN),
    (Step.AUTH, "534 5.7.9 Application-specific password required", SIGN_IN),
    (Step.AUTH, "535 5.7.139 basic authentication is disabled", SIGN_IN),
    (Step.AUTH, "500 what?", SIGN_IN),
    (Step.AUTH, "538 encryption required", SIGN_IN),
    (Step.MAIL, "530 5.7.0 Authentication required", SIGN_IN),
    (Step.MAIL, "530 5.7.0 Must issue a STARTTLS command first", UNVERIFIED),
    (Step.RCPT, "550 5.7.30 Basic authentication is not supported", SIGN_IN),
    (Step.TEXT, "550 5.7.30 Basic authentication is not supported", SIGN_IN),
    (Step.MAIL, "550 5.4.5 Daily user sending limit exceeded", DAILY),
    (Step.RCPT, "550 5.4.5 Daily user sending limit exceeded", DAILY),
    (Step.TEXT, "550 5.4.5 Daily user sending limit exceeded", DAILY),
    (Step.TEXT, "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", DAILY),
    (Step.TEXT, "550 5.1.90 reached your daily limit for message recipients", DAILY),
    (Step.TEXT, "554 5.2.0 STOREDRV.Submission.Exception:SendAsDenied", SENDER),
    (Step.TEXT, "554 5.2.0 corrupt message", MESSAGE),
    (Step.MAIL, "550 not you", SENDER),
    (Step.MAIL, "553 5.1.8 unknown sender domain", SENDER),
    (Step.MAIL, "552 5.3.4 message too large", MESSAGE),
    (Step.MAIL, "451 4.3.0 try again", "TryLater deferred"),
    (Step.MAIL, "421 4.7.0 too many messages", "TryLater too_fast"),
    (Step.RCPT, "553 5.7.1 <ada@x>: Sender address rejected: not owned by user", SENDER),
    (Step.RCPT, "550 5.1.1 no such user", RECIPIENT),
    (Step.RCPT, "550 5.1.2 no such domain", RECIPIENT),
    (Step.RCPT, "550 5.1.10 RESOLVER.ADR.RecipientNotFound", RECIPIENT),
    (Step.RCPT, "553 mailbox name not allowed", RECIPIENT),
    (Step.RCPT, "550 no", RECIPIENT),
    (Step.RCPT, "550 5.7.1 blocked by policy", MESSAGE),
    (Step.RCPT, "552 5.2.2 mailbox full", "TryLater deferred"),
    (Step.RCPT, "450 4.2.1 receiving mail too quickly", "TryLater too_fast"),
    (Step.RCPT, "450 4.7.1 greylisted", "TryLater deferred"),
    (Step.RCPT, "452 4.5.3 too many recipients", "TryLater deferred"),
    (Step.DATA, "554 no valid recipients", MESSAGE),
    (Step.DATA, "250 out of step", "TryLater protocol_error"),
    (Step.TEXT, "552 5.3.4 too large", MESSAGE),
    (Step.TEXT, "554 5.7.1 spam", MESSAGE),
    (Step.TEXT, "500 Line too long", MESSAGE),
    (Step.TEXT, "550 5.1.1 no such user", RECIPIENT),
    (Step.TEXT, "550 5.7.60 no permissions to send as this sender", SENDER),
    (Step.TEXT, "452 4.2.2 over quota", "TryLater deferred"),
    (Step.TEXT, "421 closing", "TryLater server_closing"),
    (Step.RSET, "500 no such thing", "TryLater protocol_error"),
]


@pytest.mark.parametrize(("step", "words", "meaning"), MEANINGS)
def test_a_refusal_means(step: Step, words: str, meaning: str) -> None:
    outcome = refusal(said(words), step)

    assert outcome is not None
    assert f"{type(outcome).__name__} {outcome.reason}" == meaning
    assert outcome.reply == words


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Step.GREETING, "220 ready"),
        (Step.AUTH, "235 welcome"),
        (Step.RCPT, "251 will forward"),
        (Step.DATA, "354 go ahead"),
        (Step.TEXT, "250 taken"),
        (Step.TEXT, "250"),
    ],
)
def test_the_answer_hoped_for_is_no_refusal(step: Step, words: str) -> None:
    assert refusal(said(words), step) is None


def test_a_daily_limit_is_over_after_a_day() -> None:
    outcome = refusal(said("550 5.4.5 Daily user sending limit exceeded"), Step.TEXT)

    assert isinstance(outcome, AccountTrouble)
    assert outcome.rest_seconds == 86_400


def test_only_trouble_of_a_single_mail_lets_the_batch_go_on() -> None:
    assert not ends_batch(TryLater("deferred"))
    assert not ends_batch(Refused("recipient_refused", ""))
    assert ends_batch(TryLater("too_fast"))
    assert ends_batch(AccountTrouble("daily_limit", rest_seconds=1))


def test_the_enhanced_code_may_follow_a_hyphen() -> None:
    reply = read_reply([b"534-5.7.9 App password", b"534 5.7.9 required"])

    assert (reply.code, reply.status) == (534, "5.7.9")


def test_an_address_of_the_internet_is_no_enhanced_code() -> None:
    assert said("550 5.6.7.8 is listed").status == ""


@pytest.mark.parametrize(
    "lines",
    [[b""], [b"25"], [b"hello"], [b"199 no"], [b"600 no"], [b"250-a", b"550 b"], [b"2500"]],
)
def test_what_has_no_reply_code_is_no_reply(lines: list[bytes]) -> None:
    with pytest.raises(NotAReplyError):
        read_reply(lines)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("550 \x1b[31;1mred\x1b[0m", "550 red"),
        ("550 \x1b]0;new title\x07after", "550 after"),
        ("550 \x9b2Jcleared\x85next\x00\x7f", "550 clearednext"),
        ("550 a\tb", "550 a b"),
        ("550 \u202eltr\u200b\u2028\u2029", "550 ltr"),
        ("550 <script>alert(1)</script>", "550 <script>alert(1)</script>"),
        ("550 " + "x" * 600, "550 " + "x" * 495 + "…"),
    ],
)
def test_what_is_kept_of_a_reply_can_be_shown(words: str, kept: str) -> None:
    assert shown(words) == kept
    assert len(shown(words)) <= 500


def test_octets_that_are_no_text_are_replaced() -> None:
    assert read_reply([b"550 caf\xe9"]).text == "550 caf\ufffd"


def test_secrets_are_masked_in_every_form_that_goes_over_the_wire() -> None:
    user, password = "ada@firm.test", "open sesame"
    forms = [password, *(base64.b64encode(s.encode()).decode() for s in (user, password))]
    forms += [base64.b64encode(f"\0{user}\0{password}".encode()).decode()]
    forms += [form.rstrip("=") for form in forms]

    for form in forms:
        reply = read_reply([f"535 you said {form}, no".encode()], secrets_of(user, password))
        assert reply.text == "535 you said ***, no"


def test_a_secret_is_masked_even_where_the_reply_is_cut_short() -> None:
    words = "535 " + "x" * 490 + "open sesame"

    assert "open" not in shown(words, secrets_of("ada", "open sesame"))


def test_a_secret_is_masked_though_control_characters_break_it_up() -> None:
    assert shown("535 open\x00 ses\x1b[1mame", secrets_of("ada", "open sesame")) == "535 ***"


def test_without_a_password_nothing_is_masked() -> None:
    assert shown("550 hello", secrets_of("", "")) == "550 hello"
