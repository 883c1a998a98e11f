"""Who calls: a person through a personal token, or a service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from ninja.security import HttpBearer

from daybook.people import tokens, whence
from daybook.people.faults import NotAllowed
from daybook.people.models import ApiToken, Person


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a valid token. `person` is None for a service (a non-interactive process)."""

    token: ApiToken
    person: Person | None

    @property
    def is_administrator(self) -> bool:
        return self.person is not None and self.person.is_administrator

    def sees_address_of(self, person_id: int | None) -> bool:
        """Return whether this caller may read the details and the address of this person."""
        return self.is_administrator or (self.person is not None and self.person.pk == person_id)

    def administrator(self) -> Person:
        """Return the administrator who calls; raises NotAllowed for anybody else."""
        if self.person is None or not self.person.is_administrator:
            raise NotAllowed("Only an administrator may change the settings of the firm.")
        return self.person


if TYPE_CHECKING:

    class Request(HttpRequest):
        """A request that passed `BearerToken`."""

        auth: Caller
else:
    Request = HttpRequest


class BearerToken(HttpBearer):
    """`Authorization: Bearer TOKEN` (RFC 6750 section 2.1); nowhere else, so no log holds it."""

    def authenticate(self, _: HttpRequest, token: str) -> Caller | None:
        """Return who holds the token; None if it is unknown, revoked, or its owner inactive."""
        known = tokens.who(token.strip())
        if known is None or (known.person is not None and not known.person.is_active):
            return None
        if known.person is None:
            whence.speak_as(known.name)
        return Caller(known, known.person)
