"""The web application, for any WSGI server."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybook.settings")
django = get_wsgi_application()

from daybook.web.counting import Counting  # noqa: E402 - models are there only now

application = Counting(django)
