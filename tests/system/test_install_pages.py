"""Paperboy installed over its own pages, as a browser that remembers cookies does it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
from structlog.testing import capture_logs

from bot.web.install_pages import INSTALL_PATH, REDIRECT_PATH
from tests.many_workspaces import open_fleet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import Person
    from tests.many_workspaces import Fleet

ADDED, NOT_ADDED = "Paperboy was added to Reading Room", "Paperboy wasn&#39;t added"


class Visitor:
    """Somebody with a browser."""

    def __init__(self, fleet: Fleet, session: aiohttp.ClientSession) -> None:
        self._slack = fleet.slack
        self._session = session
        self._paperboy = f"http://127.0.0.1:{fleet.bot.port}"

    async def way_back(self, person: Person) -> str:
        """From Paperboy's page to Slack's, where the app is allowed in; the path and query Slack sends them to."""
        async with self._session.get(f"{self._paperboy}{INSTALL_PATH}?start=1", allow_redirects=False) as answer:
            asked = answer.headers["Location"]
        return f"{REDIRECT_PATH}?{urlsplit(self._slack.authorize(asked, person.id)).query}"

    async def get(self, path: str) -> tuple[int, str]:
        async with self._session.get(self._paperboy + path) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def visiting(fleet: Fleet) -> AsyncIterator[Visitor]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Visitor(fleet, session)


async def test_a_way_back_is_good_once_and_where_it_was_begun_and_says_no_secret(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        slack = fleet.slack.add_workspace("Reading Room", installed=False)
        ana = slack.add_person("Ana", role="admin")
        with capture_logs() as logs:
            async with visiting(fleet) as visitor, visiting(fleet) as other:
                back = await visitor.way_back(ana)
                await other.way_back(ana)
                status, page = await other.get(back)
                assert (status, NOT_ADDED in page) == (400, True)
                pages = [page]
                # As a browser does it that is told to load a page twice, and once more.
                twice = [*await asyncio.gather(visitor.get(back), visitor.get(back)), await visitor.get(back)]
                assert sorted(status for status, _ in twice) == [200, 400, 400]
                pages += [page for _, page in twice]
                assert sum(ADDED in page for page in pages) == 1
                for query in ("", "?code=1&state=", "?error=access_denied", "?code=1&state=" + "x" * 5000):
                    status, page = await visitor.get(REDIRECT_PATH + query)
                    assert (status, NOT_ADDED in page) == (400, True)
        assert [*fleet.bot.workspaces] == [slack.team_id]
        parameters = dict(each.split("=", 1) for each in urlsplit(back).query.split("&"))
        told = json.dumps([logs, pages], default=str)
        for secret in (slack.bot_token, *parameters.values(), fleet.slack.client_secret):
            assert secret not in told
