"""A worker that is asked to stop: what has begun is finished, and the rest waits for the next."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.sync.backup_cycles import Office, an_office, grow_by
from tests.sync.mailbox import read

MAILS = 6


def a_worker(office: Office) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "daybook.commands", "worker"],
        env=office.environment | {"DAYBOOK_MAIL_HOSTS_ALLOWED": "127.0.0.1"},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_mail_that_is_under_way_is_finished_and_no_other_is_begun(tmp_path: Path) -> None:
    with an_office(tmp_path / "data") as office:
        for _ in range(MAILS // 2):
            office.run("save")
        under_way = threading.Event()

        def slowly() -> None:
            under_way.set()
            time.sleep(1)

        office.sink.at_the_dot = slowly
        first = a_worker(office)
        try:
            assert under_way.wait(60)
            # In the middle of the first: its text is in, and its answer is not.
            first.terminate()
            _, log = first.communicate(timeout=60)
        finally:
            first.kill()
        stopped_after = office.count()
        office.sink.at_the_dot = lambda: None
        second = a_worker(office)
        try:
            grow_by(office, MAILS - stopped_after)
        finally:
            second.terminate()
            second.communicate(timeout=60)

    assert first.returncode == 0, log
    assert "worker stopped" in log
    assert 1 <= stopped_after < MAILS
    told = [(read(data).uid, *sorted(read(data).guests)) for data in office.sink.all]
    assert len(office.sink.all) == MAILS
    assert len(set(office.sink.all)) == MAILS, told
