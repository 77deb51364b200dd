"""Hugging Face and arXiv on loopback: real HTTP, answering what a test tells them to."""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import date

NO_ENTRIES = (
    "<?xml version='1.0' encoding='UTF-8'?>"
    '<feed xmlns="http://www.w3.org/2005/Atom"><id>https://arxiv.org/api/none</id><title>arXiv Query</title></feed>'
)
_JSON = "application/json; charset=utf-8"
_ATOM = "application/atom+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Call:
    """One request as a server received it."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, good or bad: `cut` closes the connection half-way, `hang` never answers."""

    status: int = 200
    body: str | bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = _JSON
    cut: bool = False
    hang: bool = False

    @property
    def payload(self) -> bytes:
        return self.body.encode("utf-8", "surrogatepass") if isinstance(self.body, str) else self.body


class PaperSources:
    """Both paper sources behind one address; a day nobody described is empty, a paper nobody described unknown."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self._days: dict[str, str | Sequence[object]] = {}
        self._not_open: set[str] = set()
        self._papers: dict[str, object] = {}
        self._texts: dict[str, str] = {}
        self._atom: str | bytes = NO_ENTRIES
        self._refused: dict[str, Reply] = {}
        self._down = False
        self._next: deque[Reply] = deque()
        self._called = asyncio.Condition()
        self._closing = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[PaperSources]:
        """Both sources, listening on a free port of 127.0.0.1 until the block ends."""
        sources = cls()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", sources._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            sources.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield sources
        finally:
            sources._closing.set()
            await runner.cleanup()

    @property
    def hugging_face_url(self) -> str:
        return self.url

    @property
    def arxiv_url(self) -> str:
        return self.url

    def day(self, day: date, items: str | Sequence[object]) -> None:
        """List these on that day: items, served in pages as asked for, or a recorded answer, served as it is."""
        self._not_open.discard(day.isoformat())
        self._days[day.isoformat()] = items

    def not_open(self, day: date) -> None:
        """Answer that this day has not begun yet."""
        self._not_open.add(day.isoformat())

    def paper(self, paper_id: str, fields: object) -> None:
        """Describe one paper at Hugging Face's `/api/papers/{id}`."""
        self._papers[paper_id] = fields

    def full_text(self, paper_id: str, markdown: str) -> None:
        """Have a paper's text at Hugging Face's `/papers/{id}.md`."""
        self._texts[f"/papers/{paper_id}.md"] = markdown

    def arxiv_page(self, paper_id: str, html: str) -> None:
        """Have a paper's text at arXiv's `/html/{id}`, in whatever version it is asked for."""
        self._texts[f"/html/{paper_id}"] = html

    def arxiv(self, atom: str | bytes) -> None:
        """Answer every arXiv query with this feed."""
        self._atom = atom

    def refuse(self, paper_id: str, reply: Reply) -> None:
        """Answer every arXiv query that asks for this paper, among others or alone, with this."""
        self._refused[paper_id] = reply

    def down(self) -> None:
        """Answer everything with 503 until `up`."""
        self._down = True

    def up(self) -> None:
        self._down = False

    def next(self, *replies: Reply) -> None:
        """Answer the coming requests with these, in this order, before anything else."""
        self._next.extend(replies)

    async def called(self, times: int = 1) -> None:
        """Return once so many requests have come in."""
        async with self._called:
            await self._called.wait_for(lambda: len(self.calls) >= times)

    @property
    def days_asked(self) -> list[str]:
        """The days whose lists were asked for, in order."""
        return self.days_asked_from(0)

    def days_asked_from(self, nth: int) -> list[str]:
        """The same from the n-th call on, counted from 0."""
        return [call.query["date"] for call in self.calls[nth:] if call.path == "/api/daily_papers"]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(Call(request.path, dict(request.query), dict(request.headers)))
        async with self._called:
            self._called.notify_all()
        return await self._send(request, self._next.popleft() if self._next else self._reply(request))

    def _reply(self, request: web.Request) -> Reply:
        if self._down:
            return Reply(503, "Service Unavailable", content_type="text/plain")
        if request.path == "/api/daily_papers":
            return self._reply_day(request.query)
        if request.path.startswith("/api/papers/"):
            return self._reply_paper(request.path.removeprefix("/api/papers/"))
        if request.path == "/api/query":
            for paper_id in request.query.get("id_list", "").split(","):
                if paper_id in self._refused:
                    return self._refused[paper_id]
            return Reply(body=self._atom, content_type=_ATOM)
        path = re.sub(r"v\d+$", "", request.path)
        if path in self._texts:
            return Reply(body=self._texts[path], content_type="text/plain; charset=utf-8")
        return Reply(404, '{"error":"Not Found"}')

    def _reply_day(self, query: Mapping[str, str]) -> Reply:
        asked = query["date"]
        if asked in self._not_open:
            refusal = '✖ "date" must be less than or equal to "2026-10-05T00:00:00.000Z"\n  → at date'
            return Reply(400, json.dumps({"error": refusal}, ensure_ascii=False))
        listed = self._days.get(asked, "[]")
        page, limit = int(query.get("p", 0)), int(query.get("limit", 50))
        if isinstance(listed, str):
            return Reply(body=listed if page == 0 else "[]")
        return Reply(body=json.dumps(listed[page * limit : (page + 1) * limit]))

    def _reply_paper(self, paper_id: str) -> Reply:
        if paper_id not in self._papers:
            return Reply(404, '{"error":"Paper not found"}')
        return Reply(body=json.dumps(self._papers[paper_id]))

    async def _send(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        if reply.hang:
            await self._closing.wait()
        headers = {"Content-Type": reply.content_type, **reply.headers}
        if not reply.cut:
            return web.Response(status=reply.status, body=reply.payload, headers=headers)
        response = web.StreamResponse(status=reply.status, headers=headers)
        response.content_length = len(reply.payload)
        await response.prepare(request)
        await response.write(reply.payload[: len(reply.payload) // 2])
        if request.transport is not None:
            request.transport.close()
        return response
