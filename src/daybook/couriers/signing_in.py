"""From a connected socket to a server that is verified, signed in and ready for mail."""

import ssl
from dataclasses import dataclass, field
from functools import lru_cache

from daybook.couriers.courier import AccountTrouble, Outcome, TryLater
from daybook.couriers.replies import Reply, Step, base64_of, refusal, secrets_of
from daybook.couriers.wire import BrokenError, Wire

_LONGEST_CREDENTIAL = 1000  # characters; as base64 well inside the line of RFC 4954 §4


SECURITIES = ("starttls", "tls", "none")


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """Where and as whom mail is handed over.

    `host` is also the name the server's certificate must carry. `security` is "starttls",
    "tls" (from the first octet) or "none", which never signs in. No `username` means no
    signing in. `local_host` is what we call ourselves in EHLO. Raises ValueError for
    another `security`, a user name or password with control characters or over 1,000
    characters, a user name without TLS, and a `local_host` that is not one ASCII word.
    """

    host: str
    port: int
    security: str
    username: str = ""
    password: str = field(default="", repr=False)
    local_host: str = "localhost"

    def __post_init__(self) -> None:
        if self.security not in SECURITIES:
            raise ValueError(f"not a way to protect a line: {self.security!r}")
        for credential in (self.username, self.password):
            if len(credential) > _LONGEST_CREDENTIAL or any(c < " " for c in credential):
                raise ValueError("a user name or password is one line of at most 1000 characters")
        if self.security == "none" and self.username:
            raise ValueError("a password is never sent over an unprotected line")
        if not (self.local_host.isascii() and self.local_host.isprintable()) or (
            len(self.local_host.split()) != 1
        ):
            raise ValueError(f"not a host name: {self.local_host!r}")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown of a server's words."""
        return secrets_of(self.username, self.password)


class StoppedError(Exception):
    """The batch cannot begin; `outcome` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


Extensions = dict[str, frozenset[str]]
"""EHLO keywords and their parameters, both in capitals (RFC 5321 §4.1.1.1)."""


@lru_cache(maxsize=8)
def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Return the one context of this process for `ca_file`, trusted besides the system's own.

    Kept, because loading the system's certificates costs more than a handshake.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def sign_in(wire: Wire, account: SmtpAccount, ca_file: str | None = None) -> Extensions:
    """Do everything that comes before the first mail; return what the server offers.

    Raises StoppedError. No credential leaves before the certificate is verified.
    """
    wire.begin()
    try:
        if account.security == "tls":
            _secure(wire, account, ca_file)
        _expect(wire.reply(), Step.GREETING)
        extensions = _greet(wire, account)
        if account.security == "starttls":
            _ask_for_tls(wire, extensions)
            _secure(wire, account, ca_file)
            # What was offered in clear may be anybody's words: ask again (RFC 3207 §4.2).
            extensions = _greet(wire, account)
        if account.username:
            _authenticate(wire, account, extensions)
    except BrokenError as broken:
        raise StoppedError(TryLater(broken.reason)) from broken
    return extensions


def _greet(wire: Wire, account: SmtpAccount) -> Extensions:
    wire.send(f"EHLO {account.local_host}\r\n".encode())
    return _extensions(_expect(wire.reply(), Step.EHLO))


def _extensions(reply: Reply) -> Extensions:
    found: Extensions = {}
    for line in reply.lines[1:]:
        keyword, *parameters = line.upper().replace("=", " ", 1).split() or [""]
        found[keyword] = found.get(keyword, frozenset()) | frozenset(parameters)
    return found


def _ask_for_tls(wire: Wire, extensions: Extensions) -> None:
    if "STARTTLS" not in extensions:
        raise StoppedError(AccountTrouble("server_unverified"))
    wire.send(b"STARTTLS\r\n")
    _expect(wire.reply(), Step.STARTTLS)
    if wire.has_unread:
        # Said in clear but meant to be read as if it came over TLS.
        raise StoppedError(AccountTrouble("server_unverified"))


def _secure(wire: Wire, account: SmtpAccount, ca_file: str | None) -> None:
    try:
        wire.start_tls(tls_context(ca_file), account.host)
    except ssl.SSLCertVerificationError as error:
        raise StoppedError(AccountTrouble("server_unverified", error.verify_message)) from error
    except ssl.SSLError as error:
        raise StoppedError(AccountTrouble("server_unverified")) from error


def _authenticate(wire: Wire, account: SmtpAccount, extensions: Extensions) -> None:
    """Try once, by one mechanism: every further try counts towards being locked out."""
    offered = extensions.get("AUTH", frozenset())
    if "PLAIN" in offered:
        token = base64_of(f"\0{account.username}\0{account.password}")
        said = [f"AUTH PLAIN {token}"]
    elif "LOGIN" in offered:
        said = ["AUTH LOGIN", base64_of(account.username), base64_of(account.password)]
    else:
        raise StoppedError(AccountTrouble("sign_in_refused"))
    for line in said[:-1]:
        wire.send(f"{line}\r\n".encode())
        if (reply := wire.reply()).code != 334:
            _expect(reply, Step.AUTH)
            raise BrokenError("protocol_error")
    wire.send(f"{said[-1]}\r\n".encode())
    # A further 334 is refused as "protocol_error": there is nothing left to say.
    _expect(wire.reply(), Step.AUTH)


def _expect(reply: Reply, step: Step) -> Reply:
    if (outcome := refusal(reply, step)) is not None:
        raise StoppedError(outcome)
    return reply
