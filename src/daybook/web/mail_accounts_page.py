"""Mail accounts: which of them send, which do not and why, for administrators."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from daybook.people import mail_test
from daybook.people.accounts import AccountInput
from daybook.people.faults import InvalidInput
from daybook.people.models import MailAccount, MailTest, Person, ServiceOrganiser
from daybook.sync import account_states, deliveries
from daybook.web.access import PersonRequest, page


@page("GET", administrators=True)
def mail_accounts(request: PersonRequest) -> HttpResponse:
    """List every account, those in trouble first."""
    return render(
        request,
        "settings/mail_accounts.html",
        {
            "section": "settings",
            "states": account_states.all_states(timezone.now()),
            "per_day": settings.DAYBOOK.mail_per_day,
        },
    )


@page("POST", administrators=True)
def try_again(request: PersonRequest, account_id: int) -> HttpResponse:
    """End a hold or rest. If nothing waits that would show whether it helped, send a test."""
    try:
        account = deliveries.try_account_again(
            min(account_id, 2**63 - 1), by=request.user, now=timezone.now()
        )
    except MailAccount.DoesNotExist:
        raise Http404 from None
    waiting = account_states.waiting_for([account.pk]).get(account.pk, 0)
    if waiting:
        said = ngettext(
            "%(number)d calendar waited for this account; it is tried now.",
            "%(number)d calendars waited for this account; it is tried now.",
            waiting,
        )
        messages.success(request, said % {"number": waiting})
        return redirect("mail_accounts")
    try:
        test = _ask_test(account, request.user)
    except InvalidInput as trouble:
        for fault in trouble.faults:
            said = gettext("No test message: %(sentence)s")
            messages.error(request, said % {"sentence": fault.sentence})
        return redirect("mail_accounts")
    return redirect("mail_test", test.pk)


def _ask_test(account: MailAccount, asked_by: Person) -> MailTest:
    owner = account.person or ServiceOrganiser.objects.get(account=account)
    stored = AccountInput(
        account.host,
        account.port,
        account.security,
        account.username,
        None if account.username else "",
        account.from_address,
    )
    return mail_test.ask(owner, stored, asked_by=asked_by, now=timezone.now())
