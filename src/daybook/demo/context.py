"""What templates may know of the demo."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from daybook.demo import switch
from daybook.people.models import Person


def demo(request: HttpRequest) -> dict[str, object]:
    """Return `demo`: whether the demo's pages are open to this request; and who looks around."""
    if not switch.is_open_to(request):
        return {"demo": False}
    return {
        "demo": True,
        "demo_person": SimpleLazyObject(
            lambda: Person.objects.filter(is_active=True).order_by("pk").first()
        ),
    }
