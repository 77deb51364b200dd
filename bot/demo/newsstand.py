"""The bundled days, served on loopback the way Hugging Face serves its daily papers."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from bot.papers import Origin, ReadSource, Section, Summary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_HERE = Path(__file__).parent
_DAYS = _HERE / "days"


def bundled_days() -> list[date]:
    """The days that come with Paperboy, oldest first."""
    return sorted(date.fromisoformat(path.stem) for path in _DAYS.glob("*.json"))


def bundled_summaries(made_at: datetime) -> list[Summary]:
    """The Korean summaries that come with Paperboy, written by hand from the papers' abstracts."""
    written = json.loads((_HERE / "summaries_ko.json").read_text(encoding="utf-8"))
    return [
        Summary(
            paper_id=paper_id,
            language="ko",
            sections=tuple((Section(name), text) for name, text in sections.items()),
            origin=Origin.WRITTEN,
            made_by="Paperboy",
            read=ReadSource.ABSTRACT,
            made_at=made_at,
        )
        for paper_id, sections in written.items()
    ]


@asynccontextmanager
async def open_newsstand() -> AsyncIterator[str]:
    """The address of a server that knows the bundled days; every other day is empty, every single paper unknown."""
    app = web.Application()
    app.router.add_get("/api/daily_papers", _answer_day)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _answer_day(request: web.Request) -> web.Response:
    asked = request.query.get("date", "")
    known = {day.isoformat(): _DAYS / f"{day.isoformat()}.json" for day in bundled_days()}
    first_page = request.query.get("p", "0") == "0"
    body = known[asked].read_text(encoding="utf-8") if asked in known and first_page else "[]"
    return web.Response(text=body, content_type="application/json")
