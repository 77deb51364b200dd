"""Tests in a browser are skipped where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.building import Building, Missing, open_building

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def building() -> AsyncIterator[Building]:
    try:
        async with open_building() as building:
            yield building
    except Missing as missing:
        pytest.skip(f"{missing} is not installed; make test-browser installs it")
