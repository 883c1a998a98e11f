"""Tries to sign in are counted before they are judged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.people.build import NOW, at_the_same_time

from daybook.people import tries
from daybook.people.models import SignInTry
from daybook.people.tries import Limit, Try, Wait

HERE = "192.0.2.1"


def limits(name: str = "ben", address: str = HERE, device: str = "") -> list[Limit]:
    return tries.limits(username=name, address=address, device=device)


@pytest.mark.django_db
def test_names_that_look_alike_are_one_name() -> None:
    for name in ("ben", "BEN", " ben ", "Ben", "ben", "ben", "ben", "ben", "ben"):
        assert isinstance(tries.begin(limits(name), NOW), Try)

    assert tries.begin(limits("bEn"), NOW) == Wait(NOW + tries.SHORT)


@pytest.mark.django_db
def test_the_wait_ends_when_the_oldest_of_nine_is_long_enough_ago() -> None:
    for minute in range(9):
        tries.begin(limits(), NOW + timedelta(minutes=minute))

    waiting = tries.begin(limits(), NOW + timedelta(minutes=9))

    assert waiting == Wait(NOW + tries.SHORT)
    assert isinstance(tries.begin(limits(), NOW + tries.SHORT), Try)


@pytest.mark.django_db
def test_a_right_try_leaves_no_trace() -> None:
    begun = tries.begin(limits(), NOW)
    assert isinstance(begun, Try)

    tries.was_right(begun)

    assert not SignInTry.objects.exists()


@pytest.mark.django_db
def test_tries_from_everywhere_stop_strangers_but_no_browser_known_before() -> None:
    for number in range(30):
        assert isinstance(tries.begin(limits(address=f"198.51.100.{number}"), NOW), Try)

    assert tries.begin(limits(address="203.0.113.9"), NOW) == Wait(NOW + tries.LONG)
    assert isinstance(tries.begin(limits(device="the owner's phone"), NOW), Try)


@pytest.mark.django_db
def test_old_tries_are_forgotten_and_names_are_not_stored() -> None:
    tries.begin(limits(), NOW)

    tries.begin(limits("ada"), NOW + tries.LONG)

    keys = set(SignInTry.objects.values_list("key", flat=True))
    assert keys == {limit.key for limit in limits("ada")}
    assert all(len(key) == 64 for key in keys)


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_moment_do_not_slip_through() -> None:
    for _ in range(5):
        tries.begin(limits(), NOW)

    outcomes = at_the_same_time([lambda: tries.begin(limits(), NOW) for _ in range(12)])

    assert [type(outcome) for outcome in outcomes].count(Try) == 4
