"""Loads what every worker needs, before it is forked."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybook.settings")
django.setup()

import daybook.sync.rounds  # noqa: E402, F401
