"""A Slack that only counts: for measurements in which the emulator, strict as it is, would be the slower side.

As a program it answers on the port it prints, in a process of its own, so that it has a processor of its own.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
from collections import defaultdict
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stub:
    """A stub that is running; its `api_url` is for a bot, the rest for whoever measures."""

    def __init__(self, base: str) -> None:
        self.api_url = f"{base}/api/"
        self._base = base

    def posts(self) -> dict[str, list[tuple[float, str, str | None]]]:
        """Of each channel its messages in order of arrival: seconds since the epoch, edition part, thread."""
        with urllib.request.urlopen(f"{self._base}/posts") as answer:
            return json.load(answer)  # type: ignore[no-any-return]


@contextmanager
def open_stub() -> Iterator[Stub]:
    """A stub in a process of its own, gone when the block ends."""
    process = Popen([sys.executable, "-m", "tests.bench.stub"], stdout=PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Stub(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()


async def _serve() -> None:
    posts: dict[str, list[tuple[float, str, str | None]]] = defaultdict(list)

    async def post(request: web.Request) -> web.Response:
        sent: dict[str, Any] = json.loads(await request.read())
        now = time.time()
        part = sent.get("metadata", {}).get("event_payload", {}).get("part", "")
        posts[sent["channel"]].append((now, part, sent.get("thread_ts")))
        answer = b'{"ok":true,"channel":"%b","ts":"%.6f"}' % (sent["channel"].encode(), now)
        return web.Response(body=answer, content_type="application/json")

    async def who(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "team_id": "T1", "user_id": "U1", "bot_id": "B1"})

    async def person(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "user": {"id": "U1", "locale": "en-US", "tz": "UTC"}})

    async def tell(_: web.Request) -> web.Response:
        return web.json_response(posts)

    app = web.Application()
    app.add_routes([web.post("/api/chat.postMessage", post), web.post("/api/auth.test", who)])
    app.add_routes([web.get("/api/users.info", person), web.get("/posts", tell)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
