"""Email addresses: whether one has the right form, how to compare two, and its form on the wire.

Form only: nothing here asks the DNS, so `.test`, `.example` and a firm's private domains are as
good as any other. What is refused could not be mailed to safely, or not at all.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import idna
from email_validator import EmailNotValidError, validate_email

LONGEST_TYPED = 1000
LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64

# Control, format, surrogate, private-use and unassigned characters, line and paragraph separators.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_ASCII_DOMAIN = re.compile(r"[A-Za-z0-9.-]{1,254}")


class InvalidAddress(ValueError):  # noqa: N818 (it reads as what it says)
    """An address Daybook does not take; `reason` is a sentence for the person who typed it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check(address: str) -> str:
    """Return `address` as typed, without spaces around it.

    Raises InvalidAddress. Taken is a plain `local@domain` (the dot-atom form of RFC 5321 section
    4.1.2) with an ASCII local part, at least one dot in the domain, and at most 64 octets before
    and 254 in all. Domains may be Unicode (RFC 5891).
    """
    if len(address) > LONGEST_TYPED:
        raise InvalidAddress(f"An email address can have at most {LONGEST_ADDRESS} characters.")
    # Before stripping, which would take a line separator for a space.
    if any(unicodedata.category(character) in _UNPRINTABLE for character in address):
        raise InvalidAddress("An email address cannot contain invisible or control characters.")
    typed = address.strip(" \u00a0")
    _split(typed)
    return typed


def normalise(address: str) -> str:
    """Return the key under which two spellings of one mailbox are equal.

    The domain is lower-case ASCII (IDNA), and the local part is case-folded: servers may tell
    `Ada@` from `ada@` (RFC 5321 section 2.4), no calendar does. Raises InvalidAddress.
    """
    return wire(address).casefold()


@lru_cache(maxsize=4096)
def wire(address: str) -> str:
    """Return the address as SMTP and `mailto:` need it: the domain in ASCII, the rest as typed.

    Raises InvalidAddress.
    """
    local, domain = _split(check(address))
    return f"{local}@{domain}"


def _split(typed: str) -> tuple[str, str]:
    """Return the local part as typed and the domain in ASCII."""
    if not typed:
        raise InvalidAddress("An email address is missing.")
    if len(typed) > LONGEST_ADDRESS:
        raise InvalidAddress(f"An email address can have at most {LONGEST_ADDRESS} characters.")
    _refuse_more_than_an_address(typed)
    if typed.count("@") != 1:
        raise InvalidAddress("An email address has exactly one @ sign, as in name@example.org.")
    local, _, domain = typed.partition("@")
    _check_local(local)
    ascii_domain = _ascii_domain(domain)
    if len(local) + 1 + len(ascii_domain) > LONGEST_ADDRESS:
        raise InvalidAddress(f"An email address can have at most {LONGEST_ADDRESS} characters.")
    return local, ascii_domain


def _refuse_more_than_an_address(typed: str) -> None:
    if "<" in typed or ">" in typed:
        raise InvalidAddress("Type the address alone, without a name or < >.")
    if "," in typed or ";" in typed:
        raise InvalidAddress("Type one email address, not a list.")
    if '"' in typed:
        raise InvalidAddress("An email address in quotation marks cannot be used.")
    if any(character.isspace() for character in typed):
        raise InvalidAddress("An email address cannot contain spaces.")


def _check_local(local: str) -> None:
    if not local:
        raise InvalidAddress("Something is missing before the @ sign.")
    if not local.isascii():
        raise InvalidAddress(
            "Before the @ sign only unaccented letters, digits and signs can be used: "
            "most mail servers do not carry others."
        )
    if len(local) > LONGEST_LOCAL_PART:
        raise InvalidAddress(
            f"At most {LONGEST_LOCAL_PART} characters can stand before the @ sign."
        )
    if local.startswith("-"):
        # Programs that are handed the address on a command line would read it as an option.
        raise InvalidAddress("An email address cannot begin with a hyphen.")
    try:
        # A stand-in domain: the library refuses .test and .local, which a firm may well use.
        validate_email(f"{local}@example.com", check_deliverability=False)
    except EmailNotValidError:
        raise InvalidAddress("The part before the @ sign is not one mail servers accept.") from None


def _ascii_domain(domain: str) -> str:
    if domain.startswith("[") or domain.endswith("]"):
        raise InvalidAddress("Use the name of the mail domain, not a number in brackets.")
    if not domain.isascii() or "xn--" in domain.lower():
        try:
            domain = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise InvalidAddress("The part after the @ sign is not a mail domain.") from None
    labels = domain.split(".")
    if not _ASCII_DOMAIN.fullmatch(domain) or not all(map(_LABEL.fullmatch, labels)):
        raise InvalidAddress("The part after the @ sign is not a mail domain.")
    if len(labels) < 2:
        raise InvalidAddress("The part after the @ sign needs a dot, as in example.org.")
    if labels[-1].isdigit():
        raise InvalidAddress("Use the name of the mail domain, not a number.")
    return domain.lower()
