"""One-time links: good once, for a while, and only while nothing has changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.people.build import NOW, add, administrator, at_the_same_time, change, someone

from daybook.people import links
from daybook.people.details import PersonChanges
from daybook.people.faults import InvalidInput, NotAllowed
from daybook.people.models import AuditLine, LinkPurpose, OneTimeLink, Person

NEW = "plenty of rope and time"
INVITATION, RESET = LinkPurpose.INVITATION, LinkPurpose.RESET


def link_for(person: Person, purpose: LinkPurpose = RESET) -> str:
    """Return the secret of a new link."""
    return links.make(person, purpose, by=None, now=NOW)[1]


@pytest.mark.django_db
def test_a_link_gives_its_person_a_password_once() -> None:
    ben = someone("ben")
    secret = link_for(ben)

    assert links.redeem(secret, NEW, NOW) == ben
    assert links.redeem(secret, "another rope and time", NOW) is None

    ben.refresh_from_db()
    assert ben.check_password(NEW)


@pytest.mark.django_db
def test_of_a_link_only_a_digest_is_stored() -> None:
    secret = link_for(someone("ben"))

    stored = OneTimeLink.objects.values().get()

    assert not any(secret in str(value) for value in stored.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("purpose", "valid"), [(RESET, timedelta(hours=1)), (INVITATION, timedelta(days=7))]
)
def test_a_link_is_over_after_its_time(purpose: LinkPurpose, valid: timedelta) -> None:
    secret = link_for(someone("ben"), purpose)

    assert links.find(secret, NOW + valid - timedelta(seconds=1)) is not None
    assert links.find(secret, NOW + valid) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [{"password": "changed in the meantime"}, {"email": "ben@home.example"}, {"active": False}],
)
def test_a_link_is_over_when_its_person_has_changed(changes: dict[str, Any]) -> None:
    ben = someone("ben")
    secret = link_for(ben)

    change(ben, **changes)

    assert links.find(secret, NOW) is None
    assert links.redeem(secret, NEW, NOW) is None


@pytest.mark.django_db
def test_other_changes_leave_a_link_good() -> None:
    ben = someone("ben")
    secret = link_for(ben)

    change(ben, surname="Okafor", timezone="Europe/Paris")

    assert links.find(secret, NOW) is not None


@pytest.mark.django_db
def test_using_one_link_voids_the_others_of_the_same_person() -> None:
    ben, ada = someone("ben"), someone("ada")
    first, second, of_ada = link_for(ben), link_for(ben), link_for(ada)

    links.redeem(first, NEW, NOW)

    assert links.find(second, NOW) is None
    assert links.find(of_ada, NOW) is not None


@pytest.mark.django_db
def test_a_password_that_is_refused_leaves_the_link_good() -> None:
    ben = someone("ben")
    secret = link_for(ben)

    with pytest.raises(InvalidInput) as refusal:
        links.redeem(secret, "ben", NOW)

    assert {fault.field for fault in refusal.value.faults} == {"password"}
    assert links.redeem(secret, NEW, NOW) == ben


@pytest.mark.django_db
@pytest.mark.parametrize("secret", ["", "x", "a" * 10_000, "\u202e" * 43, "' OR 1=1--"])
def test_what_is_no_secret_opens_nothing(secret: str) -> None:
    link_for(someone("ben"))

    assert links.find(secret, NOW) is None


@pytest.mark.django_db
def test_only_an_administrator_makes_links_for_others_and_it_is_written_down() -> None:
    ben, ada = someone("ben"), administrator()

    links.make(ben, INVITATION, by=ada, now=NOW)
    with pytest.raises(NotAllowed):
        links.make(ben, INVITATION, by=someone("cleo"), now=NOW)

    line = AuditLine.objects.get(what="link_made")
    assert (line.by_id, line.about, line.detail) == (
        ada.pk,
        "Ben (ben)",
        {"purpose": "invitation"},
    )


@pytest.mark.django_db
def test_nobody_inactive_gets_a_link() -> None:
    with pytest.raises(NotAllowed):
        link_for(someone("ben", is_active=False))


class TestTheFirstAdministrator:
    """Whoever uses the link of the log becomes one, once."""

    CHANGES = PersonChanges(username="ada", forename="Ada", role="administrator", password=NEW)

    @pytest.mark.django_db
    def test_is_entered_by_the_link(self) -> None:
        secret = links.first_administrator(NOW)
        assert secret is not None

        ada = links.redeem_first(secret, self.CHANGES, NOW)

        assert ada is not None
        assert ada.is_administrator
        assert ada.check_password(NEW)
        assert links.first_administrator(NOW) is None

    @pytest.mark.django_db
    def test_gets_no_link_any_more_when_there_is_one(self) -> None:
        secret = links.first_administrator(NOW)
        assert secret is not None
        add(username="grace", forename="Grace", role="administrator")

        assert links.find(secret, NOW) is None
        assert links.redeem_first(secret, self.CHANGES, NOW) is None

    @pytest.mark.django_db
    def test_has_one_link_at_a_time(self) -> None:
        first, second = links.first_administrator(NOW), links.first_administrator(NOW)
        assert first is not None
        assert second is not None

        assert links.find(first, NOW) is None
        assert links.find(second, NOW) is not None

    @pytest.mark.django_db(transaction=True)
    def test_is_one_person_also_when_two_use_the_link_at_the_same_moment(self) -> None:
        secret = links.first_administrator(NOW)
        assert secret is not None

        def become(name: str) -> Person | None:
            changes = PersonChanges(
                username=name, forename=name, role="administrator", password=NEW
            )
            return links.redeem_first(secret, changes, NOW)

        outcomes = at_the_same_time([lambda: become("ada"), lambda: become("ben")])

        assert not any(isinstance(outcome, Exception) for outcome in outcomes)
        assert Person.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_uses_at_the_same_moment_one_counts() -> None:
    ben = someone("ben")
    secret = link_for(ben)

    passwords = ["the first rope and time", "the second rope and time"]
    outcomes = at_the_same_time(
        [lambda text=text: links.redeem(secret, text, NOW) for text in passwords]  # type: ignore[misc]
    )

    assert outcomes == [ben]
