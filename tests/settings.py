"""The product's own settings, read in a fresh data folder that vanishes with the test process.

`DAYBOOK_DATABASE_URL` chooses the database, as it does for an installation: unset is SQLite.
Every other `DAYBOOK_*` variable of the developer's shell is left out of the tests.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

for name in [name for name in os.environ if name.startswith("DAYBOOK_")]:
    if name != "DAYBOOK_DATABASE_URL":
        del os.environ[name]

# Kept by this module: the folder is removed when the process ends.
data_folder = tempfile.TemporaryDirectory(prefix="daybook-tests-")
os.environ["DAYBOOK_DATA"] = data_folder.name
# WhiteNoise warns of a folder that is not there, and a warning is an error here.
(Path(data_folder.name) / "static").mkdir()

from daybook.settings import *  # noqa: E402, F403 - reads the variables set above
