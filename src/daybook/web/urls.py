"""The pages and where they are."""

from __future__ import annotations

from django.urls import URLPattern, path

from daybook.web import (
    access_page,
    audit_pages,
    diary,
    entry_actions,
    entry_pages,
    first_run,
    mail_accounts_page,
    mail_test_page,
    notices,
    people_pages,
    security_page,
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
    path("settings/users/<int:person_id>/access/", access_page.access, name="user_access"),
    path("settings/users/<int:person_id>/access/link/", access_page.make_link, name="make_link"),
    path("settings/users/<int:person_id>/access/mail/", access_page.mail_link, name="mail_link"),
    path(
        "settings/users/<int:person_id>/access/second-step/remove/",
        access_page.remove_factors,
        name="remove_factors",
    ),
    path("settings/users/<int:person_id>/activity/", access_page.activate, name="activate_user"),
    path("settings/users/<int:person_id>/hand-over/", access_page.hand_over, name="hand_over"),
    path("settings/your-details/", people_pages.your_details, name="your_details"),
    path("settings/your-details/sign-in/", security_page.overview, name="sign_in_security"),
    path("settings/your-details/sign-in/end-others/", security_page.end_others, name="end_others"),
    path("settings/your-details/tokens/", security_page.own_tokens, name="own_tokens"),
    path(
        "settings/your-details/tokens/<int:token_id>/revoke/",
        security_page.revoke_token,
        name="revoke_token",
    ),
    path("settings/mail-tests/<int:test_id>/", mail_test_page.steps, name="mail_test"),
    path("settings/audit/", audit_pages.trail, name="audit"),
    path("settings/mail-accounts/", mail_accounts_page.mail_accounts, name="mail_accounts"),
    path(
        "settings/mail-accounts/<int:account_id>/try-again/",
        mail_accounts_page.try_again,
        name="try_mail_account",
    ),
    path("settings/first-steps/", first_run.first_steps, name="first_steps"),
    path("notices/dismiss/", notices.dismiss_notice, name="dismiss_notice"),
    path("settings/service-organiser/", service_page.service, name="service_organiser"),
    path("sync-log/", sync_log.log, name="sync_log"),
    path("sync-log/<int:line_id>/resend/", sync_log.resend, name="resend"),
    path("sync-log/people/<int:person_id>/resend/", sync_log.resend_problems, name="resend_all"),
]
