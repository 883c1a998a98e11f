"""A promise of the suite: a test that did not run, or was expected to fail, is a failure.

Tests that need something special live in a folder of their own (see the Makefile) instead.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _no_excuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _no_excuse(report)
    return report


def _no_excuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.outcome == "skipped":
        excuse = getattr(report, "wasxfail", None) or report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing is skipped here: {excuse}"
        vars(report).pop("wasxfail", None)
