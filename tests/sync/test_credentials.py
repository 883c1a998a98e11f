"""What a sign-in under former credentials may still say about an account: nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from tests.entries.build import a_person, an_entry
from tests.sync.world import World

from daybook.couriers.courier import AccountTrouble, Mail, Outcome
from daybook.people.models import MailAccount
from daybook.sync.outbound import Outbound

pytestmark = pytest.mark.django_db


class ChangedWhileSigningIn:
    """A courier whose account gets new credentials while the old ones are refused."""

    def carry(
        self,
        mails: Sequence[Mail],
        still_ours: Callable[[], bool],  # noqa: ARG002 - the contract
    ) -> Iterator[tuple[int, Outcome]]:
        account = MailAccount.objects.get()
        account.revision += 1
        account.save(update_fields=["revision"])
        yield mails[0].key, AccountTrouble("sign_in_refused", "535 5.7.8 no")


def test_a_refusal_of_the_old_password_does_not_hold_an_account_that_has_a_new_one() -> None:
    world = World()
    an_entry(a_person("Ben"), creator=a_person("Ada", sends=True), now=world.now)
    world.wait(minutes=1)
    outbound = Outbound(
        courier_for=lambda _: ChangedWhileSigningIn(), now=lambda: world.now, per_minute=0
    )
    outbound.route()
    outbound.serve(MailAccount.objects.get().pk)

    account = MailAccount.objects.get()

    assert (account.held_reason, account.leased_until) == ("", None)
    assert len(world.run()) == 1
