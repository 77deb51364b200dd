"""Waiting for what nobody announces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


async def until(holds: Callable[[], bool], *, within: float = 30.0) -> None:
    """Return once `holds()` is true; TimeoutError after that many seconds."""
    async with asyncio.timeout(within):
        for _ in iter(holds, True):
            await asyncio.sleep(0.005)
