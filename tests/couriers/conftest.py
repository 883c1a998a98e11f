"""What the tests of the couriers share."""

from __future__ import annotations

import pytest
from tests.couriers.certificates import Authority, found_authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return found_authority(tmp_path_factory.mktemp("certificates"))
