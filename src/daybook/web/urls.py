"""The pages and where they are."""

from __future__ import annotations

from django.urls import URLPattern, path

from daybook.web import (
    diary,
    entry_actions,
    entry_pages,
    mail_test_page,
    people_pages,
    service_page,
    settings_home,
    sync_log,
    type_pages,
)

urlpatterns: list[URLPattern] = [
    path("", diary.diary, name="diary"),
    path("entries/new/", entry_pages.new, name="new_entry"),
    path("entries/<int:entry_id>/", entry_pages.entry, name="entry"),
    path("entries/<int:entry_id>/complete/", entry_actions.complete, name="complete_entry"),
    path("entries/<int:entry_id>/cancel/", entry_actions.cancel, name="cancel_entry"),
    path("entries/<int:entry_id>/restore/", entry_actions.restore, name="restore_entry"),
    path("entries/<int:entry_id>/delete/", entry_actions.delete, name="delete_entry"),
    path("entries/<int:entry_id>/calendar.ics", entry_actions.download, name="download_entry"),
    path("settings/", settings_home.home, name="settings"),
    path("settings/diary-entry-types/", type_pages.types, name="types"),
    path("settings/diary-entry-types/new/", type_pages.new, name="new_type"),
    path("settings/diary-entry-types/<int:type_id>/", type_pages.change, name="type"),
    path("settings/users/", people_pages.people, name="users"),
    path("settings/users/new/", people_pages.new, name="new_user"),
    path("settings/users/<int:person_id>/", people_pages.change, name="user"),
    path("settings/your-details/", people_pages.your_details, name="your_details"),
    path("settings/mail-tests/<int:test_id>/", mail_test_page.steps, name="mail_test"),
    path("settings/service-organiser/", service_page.service, name="service_organiser"),
    path("sync-log/", sync_log.log, name="sync_log"),
    path("sync-log/<int:line_id>/resend/", sync_log.resend, name="resend"),
]
