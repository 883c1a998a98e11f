"""Hostile input is refused at its field or is harmless text, at every door.

Here every input meets one of its surfaces; `python -m torture hostile_inputs` lets every input meet
every surface.
"""

from __future__ import annotations

import pytest
from django import forms
from tests.api.test_hostile_input import fields_of, kind_of, with_body
from tests.hostility import corpus
from tests.hostility.firm import Firm, InProcess
from tests.hostility.surfaces import SURFACES
from tests.hostility.trying import complaints, once, surfaces

from daybook.web.entry_form import EntryForm
from daybook.web.person_form import PersonForm
from daybook.web.security_page import TokenForm
from daybook.web.service_page import ServiceForm
from daybook.web.type_pages import TypeForm

KINDS = [kind for kind in corpus.kinds() if surfaces(kind)]
FORMS: dict[str, type[forms.Form]] = {
    "page a new entry": EntryForm,
    "page a new user": PersonForm,
    "page the service organiser": ServiceForm,
    "page a new type": TypeForm,
    "page a new token": TokenForm,
}
# What is chosen, not typed, and the passwords people sign in with, whose rules are their own.
NOT_TYPED = {"password", "revision", "role", "calendar_kind", "clock", "week_start", "effect"}
CHOSEN = {"colour", "disclosure", "security", "repeat", "state", "all_day"}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_input_is_refused_or_harmless(kind: str) -> None:
    firm = Firm()

    wrong = complaints(once(kind), firm, InProcess(firm))

    assert not wrong, "\n".join(wrong)


def test_there_are_many_inputs_and_every_one_can_be_read() -> None:
    assert sum(len(corpus.inputs(kind)) for kind in corpus.kinds()) >= 700


def test_every_surface_has_more_inputs_than_surfaces_of_its_kind() -> None:
    for kind in KINDS:
        assert len(corpus.inputs(kind)) >= len(surfaces(kind)), kind


@pytest.mark.parametrize("page", FORMS)
def test_every_field_one_types_into_on_a_page_is_a_surface(page: str) -> None:
    typed = {
        name
        for name, field in FORMS[page].base_fields.items()
        if not isinstance(field, forms.ChoiceField | forms.BooleanField)
    }
    known = {surface.field for surface in SURFACES if surface.name == page}

    assert typed - NOT_TYPED <= known


def test_every_text_of_the_api_is_a_surface() -> None:
    texts = {
        (row.name, field)
        for row in with_body
        for field, described in fields_of(row).items()
        if kind_of(described) == "string" and field not in NOT_TYPED | CHOSEN
    }
    known = {
        (surface.name.removeprefix("API "), surface.field)
        for surface in SURFACES
        if surface.name.startswith("API ")
    }

    assert texts <= known
