"""A scripted model's server for tests of the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.model_server import ScriptedModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def server() -> AsyncIterator[ScriptedModel]:
    async with ScriptedModel.open() as opened:
        yield opened
