"""The suite keeps its own promises."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.loopback_only import ReachedOutsideError

ROOT = Path(__file__).parent.parent
EXCUSES = {
    "a marked test": "@pytest.mark.skip(reason='not today')\ndef test_it(): pass\n",
    "a test that gives up": "def test_it(): pytest.skip('not today')\n",
    "an expected failure": "@pytest.mark.xfail(reason='not today')\ndef test_it(): assert 0\n",
    "a module that gives up": "pytest.skip('not today', allow_module_level=True)\n",
}


@pytest.mark.parametrize("excuse", EXCUSES)
def test_a_skipped_test_fails_the_run(excuse: str, tmp_path: Path) -> None:
    test_file = tmp_path / "test_excuse.py"
    test_file.write_text("import pytest\n" + EXCUSES[excuse])

    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:django", "-p", "tests.no_skips"),
            *("-c", "/dev/null", "-p", "no:cacheprovider", "--rootdir", tmp_path, test_file),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
    assert "not today" in run.stdout


def test_another_machine_is_out_of_reach() -> None:
    with socket.socket() as line, pytest.raises(ReachedOutsideError):
        line.connect(("192.0.2.1", 587))


def test_no_name_server_is_asked() -> None:
    with pytest.raises(ReachedOutsideError):
        socket.create_connection(("mail.firm.example", 587))


def test_no_datagram_leaves_the_machine() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as line, pytest.raises(ReachedOutsideError):
        line.sendto(b"hello", ("192.0.2.1", 53))


def test_this_machine_is_in_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
