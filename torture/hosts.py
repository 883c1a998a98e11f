"""Web, workers and PostgreSQL on hosts of their own, which are cut off, frozen and restarted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

from torture.figures import Figure

from torture import networks

# The settings come first.
STORY = "import sys, torture.installation, torture.on_hosts as story; story.main(*sys.argv[1:])"


def measured(short: bool) -> Iterator[Figure]:
    with (
        networks.hosts("database", "web", "worker1", "worker2") as found,
        networks.Postgres(found["database"]) as database,
    ):
        places = {name: [host.namespace, host.address, host.cable] for name, host in found.items()}
        story = subprocess.Popen(
            [sys.executable, "-c", STORY, json.dumps(places), str(int(short))],
            env={
                **os.environ,
                "DAYBOOK_DATABASE_URL": database.url,
                networks.MAIL_HOSTS: f"{networks.NETWORK}.0/24",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert story.stdout is not None
        assert story.stdin is not None
        for line in story.stdout:
            if line == "restart the database\n":
                # As if the machine under it had crashed.
                database.stop(signal.SIGQUIT)
                database.start()
                story.stdin.write("done\n")
                story.stdin.flush()
            else:
                yield Figure.from_json(line)
        if story.wait() != 0:
            yield Figure("The story of the hosts can be told", f"{story.returncode}", holds=False)
