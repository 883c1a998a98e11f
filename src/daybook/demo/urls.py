"""The demo's pages; they answer only where `switch` says that this is a demo."""

from __future__ import annotations

from django.urls import URLPattern, path

from daybook.demo import look_around, mailbox_pages

urlpatterns: list[URLPattern] = [
    path("look-around/", look_around.look_around, name="demo_look_around"),
    path("mailbox/", mailbox_pages.mailboxes, name="demo_mailboxes"),
    path("mailbox/<int:person_id>/", mailbox_pages.mailbox, name="demo_mailbox"),
    path("mailbox/<int:person_id>/<int:number>/", mailbox_pages.letter, name="demo_letter"),
    path("mailbox/<int:person_id>/<int:number>/html/", mailbox_pages.html, name="demo_letter_html"),
]
