"""`python -m daybook.commands` is `daybook`: how the parts of `daybook serve` are started."""

from __future__ import annotations

import sys

from daybook.commands import main

sys.exit(main())
