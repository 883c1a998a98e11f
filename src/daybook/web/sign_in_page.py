"""The page to sign in at: the library's, with limits that cannot shut the true owner out."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from daybook.people import tries
from daybook.people.tries import Try, Wait
from daybook.web import devices
from daybook.web.second_factor import has_name
from daybook.web.slow_down import network, too_often


class SignInPage(LoginView):  # type: ignore[misc]
    """Judges user name and password, unless too many were wrong lately."""

    judged: Try

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        username = request.POST.get("login", "")
        limits = tries.limits(
            username=username, address=network(request), device=devices.of(request, username)
        )
        begun = tries.begin(limits, timezone.now())
        if isinstance(begun, Wait):
            return too_often(request, begun.until)
        self.judged = begun
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.label_suffix = ""
        form.fields["login"].label = gettext("User name")
        for field in form.fields.values():
            # Said once, by the label.
            field.widget.attrs.pop("placeholder", None)
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        tries.was_right(self.judged)
        answer: HttpResponse = super().form_valid(form)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        about: dict[str, Any] = super().get_context_data(**kwargs)
        return {**about, "passkeys_work": has_name(self.request)}


sign_in = SignInPage.as_view()
