"""What ends the sessions of somebody who is signed in."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.test import Client
from tests.people.build import administrator, change, someone

from daybook.people.models import Person

pytestmark = pytest.mark.django_db

PASSWORD = "plenty of rope and time"


def signed_in(person: Person) -> Client:
    client = Client()
    assert client.login(username=person.username, password=PASSWORD)
    return client


def is_signed_in(client: Client) -> bool:
    request = HttpRequest()
    request.session = client.session
    return get_user(request).is_authenticated


def test_other_changes_leave_a_session_alone() -> None:
    ada = change(someone("ada"), password=PASSWORD).person
    client = signed_in(ada)

    change(ada, surname="King", email="ada.king@firm.example")

    assert is_signed_in(client)


def test_a_new_password_ends_every_session() -> None:
    ada = change(someone("ada"), password=PASSWORD).person
    client = signed_in(ada)

    change(ada, password="another rope and time")

    assert not is_signed_in(client)


def test_deactivating_ends_every_session_and_no_new_one_begins() -> None:
    administrator()
    ada = change(someone("ada"), password=PASSWORD).person
    client = signed_in(ada)

    change(ada, active=False)

    assert not is_signed_in(client)
    assert not Client().login(username="ada", password=PASSWORD)
