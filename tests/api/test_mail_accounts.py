"""Mail accounts through the API: set, never shown."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api import build
from tests.api.build import read

from daybook.people import accounts
from daybook.people.models import MailAccount, MailTest

pytestmark = pytest.mark.django_db
SECRET = "correct horse battery"


def typed(**fields: Any) -> dict[str, Any]:
    """Return an account as an integrator sends it."""
    return {
        "host": "smtp.firm.example",
        "port": 587,
        "security": "starttls",
        "username": "ada",
        "password": SECRET,
    } | fields


def test_a_password_goes_in_and_never_comes_out() -> None:
    ada = build.caller("ada")
    path = f"/people/{ada.id}/mail-account"

    answers = [ada.put(path, typed()), ada.get(path), ada.put(path, typed(password=None))]

    for answer in answers:
        assert answer.status_code == 200
        assert SECRET not in answer.content.decode()
        assert read(answer) == {
            "host": "smtp.firm.example",
            "port": 587,
            "security": "starttls",
            "username": "ada",
            "from_address": "ada@firm.example",
            "password_set": True,
            "held": None,
        }
    assert accounts.open_password(MailAccount.objects.get()) == SECRET


def test_a_password_is_not_repeated_when_the_account_is_refused() -> None:
    ada = build.caller("ada")

    response = ada.put(f"/people/{ada.id}/mail-account", typed(port=70_000, host=SECRET))

    assert response.status_code == 422
    assert typed()["password"] not in response.content.decode()


def test_others_have_no_account_as_far_as_one_can_tell() -> None:
    ada, ben = build.caller("ada"), build.caller("ben")
    ada.put(f"/people/{ada.id}/mail-account", typed())
    nobody = ben.get("/people/987654/mail-account")

    for caller in (ben, build.service()):
        path = f"/people/{ada.id}/mail-account"
        answers = [
            caller.get(path),
            caller.put(path, typed()),
            caller.delete(path),
            caller.post(f"{path}/test"),
            caller.get(f"{path}/tests/1"),
            caller.get("/service-organiser"),
            caller.put("/service-organiser", typed(name="Desk", address="desk@firm.example")),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert {answer.content for answer in answers} == {nobody.content}


def test_an_administrator_sets_the_account_of_anybody() -> None:
    ada, root = build.caller("ada"), build.administrator()

    assert root.put(f"/people/{ada.id}/mail-account", typed()).status_code == 200
    assert read(ada.get(f"/people/{ada.id}/mail-account"))["username"] == "ada"


def test_a_removed_account_is_gone() -> None:
    ada = build.caller("ada")
    path = f"/people/{ada.id}/mail-account"
    ada.put(path, typed())

    assert ada.delete(path).status_code == 204
    assert ada.get(path).status_code == 404
    assert ada.delete(path).status_code == 404


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"host": "127.0.0.1"}, "host"),
        ({"host": "169.254.169.254"}, "host"),
        ({"port": 22}, "port"),
        ({"port": 0}, "port"),
        ({"security": "none"}, "security"),
        ({"password": "a\r\nb"}, "password"),
        ({"password": "a\0b"}, "password"),
        ({"username": "a\nb"}, "username"),
        ({"username": "a" * 10_000}, "username"),
        ({"from_address": "CEO <ceo@firm.example>"}, "from_address"),
    ],
)
def test_an_account_that_could_do_harm_is_refused(fields: dict[str, Any], named: str) -> None:
    ada = build.caller("ada")

    response = ada.put(f"/people/{ada.id}/mail-account", typed(**fields))

    assert response.status_code == 422
    assert named in {error["field"] for error in read(response)["errors"]}
    assert not MailAccount.objects.exists()


def test_a_test_is_accepted_and_tells_how_far_it_is() -> None:
    ada = build.caller("ada")
    path = f"/people/{ada.id}/mail-account"
    ada.put(path, typed())

    accepted = ada.post(f"{path}/test")

    test = MailTest.objects.get()
    assert accepted.status_code == 202
    assert accepted["Location"] == f"/api/v1{path}/tests/{test.pk}"
    assert read(accepted) == {"id": test.pk, "state": "waiting", "steps": []}
    step = {"step": "connect", "state": "passed", "sentence": "Connected."}
    MailTest.objects.update(state="passed", steps=[step])
    assert read(ada.get(f"{path}/tests/{test.pk}")) == {
        "id": test.pk,
        "state": "passed",
        "steps": [step],
    }
    assert build.administrator().get(f"{path}/tests/{test.pk}").status_code == 404


def test_typed_values_can_be_tested_before_they_are_stored() -> None:
    ada = build.caller("ada")

    response = ada.post(f"/people/{ada.id}/mail-account/test", typed(host="smtp2.firm.example"))

    assert response.status_code == 202
    assert MailTest.objects.get().host == "smtp2.firm.example"
    assert not MailAccount.objects.exists()


def test_without_an_account_there_is_nothing_to_test() -> None:
    ada = build.caller("ada")

    assert ada.post(f"/people/{ada.id}/mail-account/test").status_code == 422


def test_too_many_tests_have_to_wait() -> None:
    ada = build.caller("ada")
    path = f"/people/{ada.id}/mail-account/test"

    answers = [ada.post(path, typed()) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert answers[-1]["Retry-After"] == "60"


def test_a_service_organiser_without_a_name_goes_by_its_address() -> None:
    root = build.administrator()

    response = root.put("/service-organiser", typed(from_address="desk@firm.example"))

    shown = read(response)
    assert response.status_code == 200
    assert shown["name"] == shown["address"] == shown["from_address"] == "desk@firm.example"


def test_the_service_organiser_is_set_by_administrators() -> None:
    root = build.administrator()
    empty = read(root.get("/service-organiser"))

    response = root.put("/service-organiser", typed(name="Front desk", address="desk@firm.example"))

    assert (empty["address"], empty["host"]) == ("", None)
    assert response.status_code == 200
    assert read(response) == read(root.get("/service-organiser"))
    assert read(response) == {
        "name": "Front desk",
        "address": "desk@firm.example",
        "host": "smtp.firm.example",
        "port": 587,
        "security": "starttls",
        "username": "ada",
        "from_address": "desk@firm.example",
        "password_set": True,
        "held": None,
    }
