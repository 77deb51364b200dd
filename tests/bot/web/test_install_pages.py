"""The pages on which people install Paperboy: what they say, what they set, and what nobody can make them do."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from bot.errors import StoreUnusable
from bot.rules.install_outcomes import Begun, Installed, InstallProblem, NotInstalled
from bot.slack.manifest import AGENT_SCOPES, OPTIONAL_SCOPES, SCOPES
from bot.templating.catalogues import catalogue, languages
from bot.web.install_pages import (
    INSTALL_PATH,
    REDIRECT_PATH,
    SAFE_STATE_COOKIE,
    STATE_COOKIE,
    add_install_pages,
    preferred_language,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.rules.install_outcomes import Outcome

SLACK = "https://slack.com/oauth/v2/authorize?client_id=1.1&state="
HTTPS = {"X-Forwarded-Proto": "https"}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\r\nSet-Cookie: a=b'
REASONS = {**SCOPES, **OPTIONAL_SCOPES, **AGENT_SCOPES}


@dataclass
class Scripted:
    """Installations that come out as they are told to."""

    outcome: Outcome | Exception = field(default_factory=lambda: NotInstalled(InstallProblem.STATE))
    completed: list[dict[str, str | None]] = field(default_factory=list)
    begun: int = 0

    async def begin(self) -> Begun:
        self.begun += 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        state = f"gAAAA-state_{self.begun}=="
        return Begun(f"{SLACK}{state}", state)

    async def complete(self, **given: str | None) -> Outcome:
        self.completed.append(given)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@dataclass
class Browser:
    """A browser that keeps no cookies and follows nowhere by itself."""

    session: aiohttp.ClientSession
    address: str

    async def ask(self, path: str, *, method: str = "GET", **more: Any) -> tuple[aiohttp.ClientResponse, str]:
        async with self.session.request(method, self.address + path, allow_redirects=False, **more) as answer:
            return answer, await answer.text()


@asynccontextmanager
async def browsing(installing: Scripted, monotonic: Callable[[], float] = time.monotonic) -> AsyncIterator[Browser]:
    application, scopes = web.Application(), sorted({**SCOPES, **OPTIONAL_SCOPES})
    add_install_pages(application, installing, scopes=scopes, optional=OPTIONAL_SCOPES, monotonic=monotonic)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        try:
            yield Browser(session, f"http://127.0.0.1:{runner.addresses[0][1]}")
        finally:
            await runner.cleanup()


def words_of(page: str) -> str:
    """A page as it is read."""
    body = page.partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", "", body)).split())


async def come_back(outcome: Outcome | Exception, query: str = "code=c&state=s", **more: Any) -> Any:
    async with browsing(Scripted(outcome)) as browser:
        return await browser.ask(f"{REDIRECT_PATH}?{query}", **more)


class TestTheLandingPage:
    @pytest.mark.parametrize("language", languages())
    async def test_it_names_every_scope_with_its_reason_in_the_language_of_the_browser(self, language: str) -> None:
        async with browsing(Scripted()) as browser:
            answer, page = await browser.ask(INSTALL_PATH, headers={"Accept-Language": f"fr, {language};q=0.9"})
        words, text = catalogue(language), words_of(page)
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert f'<html lang="{language}">' in page
        for scope in (*SCOPES, *OPTIONAL_SCOPES):
            assert f"{scope}{words.t(f'scope_reason.{scope}').replace('`', '')}" in text
        assert text.index("chat:write") < text.index(words.t("install.optional")) < text.index("links:read")
        assert page.count(words.t("install.add")) == 1
        assert f'href="{INSTALL_PATH}?start=1"' in page

    def test_its_reasons_are_the_manifests(self) -> None:
        assert {scope: catalogue("en").t(f"scope_reason.{scope}") for scope in REASONS} == REASONS

    async def test_looking_at_it_begins_nothing(self) -> None:
        installing = Scripted()
        async with browsing(installing) as browser:
            for method in ("GET", "HEAD"):
                answer, _ = await browser.ask(INSTALL_PATH, method=method)
                assert (answer.status, "Set-Cookie" in answer.headers) == (200, False)
        assert installing.begun == 0


class TestGoingToSlack:
    @pytest.mark.parametrize(
        ("headers", "name", "attributes"),
        [
            ({}, STATE_COOKIE, {f"Path={REDIRECT_PATH}"}),
            ({"Host": "localhost:3000"}, STATE_COOKIE, {f"Path={REDIRECT_PATH}"}),
            (HTTPS, SAFE_STATE_COOKIE, {"Path=/", "Secure"}),
            ({"X-Forwarded-Proto": "https, http"}, SAFE_STATE_COOKIE, {"Path=/", "Secure"}),
            ({"Host": "paperboy.example"}, SAFE_STATE_COOKIE, {"Path=/", "Secure"}),
            ({"Host": "paperboy.example", "X-Forwarded-Proto": "http"}, STATE_COOKIE, {f"Path={REDIRECT_PATH}"}),
        ],
    )
    async def test_the_browser_remembers_the_state(
        self, headers: dict[str, str], name: str, attributes: set[str]
    ) -> None:
        async with browsing(Scripted()) as browser:
            answer, _ = await browser.ask(f"{INSTALL_PATH}?start=1", headers=headers)
        assert (answer.status, answer.headers["Location"]) == (302, f"{SLACK}gAAAA-state_1==")
        [cookie] = answer.headers.getall("Set-Cookie")
        kept, *told = cookie.split("; ")
        assert kept.replace('"', "") == f"{name}=gAAAA-state_1=="
        assert {*told} == {"HttpOnly", "Max-Age=600", "SameSite=Lax", *attributes}

    async def test_it_leads_to_slack_whatever_else_is_asked(self) -> None:
        async with browsing(Scripted()) as browser:
            evil = "https://evil.example/"
            query = (
                f"start=1&redirect_uri={evil}&next={evil}&state=evil&url=//evil.example&start=2%0d%0aLocation:{evil}"
            )
            answer, _ = await browser.ask(f"{INSTALL_PATH}?{query}", headers={"X-Forwarded-Host": "evil.example"})
        assert answer.headers.getall("Location") == [f"{SLACK}gAAAA-state_1=="]
        assert "evil" not in str(answer.headers)


class TestComingBack:
    async def test_what_stands_in_the_address_and_what_the_browser_remembers_is_handed_on(self) -> None:
        installing = Scripted()
        async with browsing(installing) as browser:
            begun, _ = await browser.ask(f"{INSTALL_PATH}?start=1")
            cookie = begun.headers["Set-Cookie"].partition(";")[0]
            query = "code=1.a%2Bb&state=gAAAA-state_1%3D%3D"
            await browser.ask(f"{REDIRECT_PATH}?{query}", headers={"Cookie": cookie})
            await browser.ask(f"{REDIRECT_PATH}?error=access_denied&state=x")
        state = "gAAAA-state_1=="
        assert installing.completed == [
            {"code": "1.a+b", "state": state, "cookie_state": state, "error": None},
            {"code": None, "state": "x", "cookie_state": None, "error": "access_denied"},
        ]

    async def test_what_is_said_twice_is_not_said_at_all(self) -> None:
        installing = Scripted()
        async with browsing(installing) as browser:
            await browser.ask(f"{REDIRECT_PATH}?code=a&code=b&state=a&state=b")
        assert installing.completed == [{"code": None, "state": None, "cookie_state": None, "error": None}]

    async def test_over_an_encrypted_connection_only_the_cookie_no_neighbour_can_set_counts(self) -> None:
        installing = Scripted()
        cookies = f"{STATE_COOKIE}=of-another; {SAFE_STATE_COOKIE}=own"
        async with browsing(installing) as browser:
            for sent in (f"{STATE_COOKIE}=of-another", cookies):
                await browser.ask(f"{REDIRECT_PATH}?code=c&state=s", headers={**HTTPS, "Cookie": sent})
        assert [each["cookie_state"] for each in installing.completed] == [None, "own"]

    async def test_a_program_that_only_looks_completes_nothing(self) -> None:
        installing = Scripted()
        async with browsing(installing) as browser:
            statuses = {
                (path, method): (await browser.ask(f"{path}?code=c&state=s", method=method))[0].status
                for path, method in [
                    (REDIRECT_PATH, "HEAD"),
                    (REDIRECT_PATH, "POST"),
                    (REDIRECT_PATH, "OPTIONS"),
                    (INSTALL_PATH, "POST"),
                    (INSTALL_PATH, "DELETE"),
                ]
            }
        assert {*statuses.values()} == {405}
        assert (installing.completed, installing.begun) == ([], 0)

    @pytest.mark.parametrize("language", languages())
    async def test_the_installed_page_says_what_to_do_next_and_opens_the_app(self, language: str) -> None:
        installed = Installed("T0000000001", "Reading Room", is_organization=False, app="A0000000001")
        answer, page = await come_back(installed, headers={"Accept-Language": language})
        words, text = catalogue(language), words_of(page)
        assert answer.status == 200
        assert "Reading Room" in text
        assert "/invite @Paperboy" in text
        assert words.t("button_channel.use_defaults") in text
        assert 'href="https://slack.com/app_redirect?app=A0000000001&amp;team=T0000000001"' in page

    async def test_of_an_organization_it_names_that(self) -> None:
        _, page = await come_back(Installed("E1", "University", is_organization=True, app="A1"))
        assert "the organization University" in words_of(page)
        assert 'href="https://slack.com/app_redirect?app=A1"' in page

    @pytest.mark.parametrize("language", languages())
    @pytest.mark.parametrize(
        ("why", "status"),
        [
            (NotInstalled(InstallProblem.CANCELLED), 200),
            (NotInstalled(InstallProblem.STATE), 400),
            (NotInstalled(InstallProblem.CODE, "invalid_code"), 400),
            (NotInstalled(InstallProblem.REFUSED, "org_login_required"), 400),
            (NotInstalled(InstallProblem.REFUSED), 400),
            (NotInstalled(InstallProblem.UNREACHABLE), 503),
            (StoreUnusable(reason="the disk is full"), 503),
        ],
        ids=str,
    )
    async def test_what_went_wrong_is_said_in_a_sentence_with_the_way_to_start_again(
        self, why: Outcome | Exception, status: int, language: str
    ) -> None:
        answer, page = await come_back(why, headers={"Accept-Language": language})
        words, text = catalogue(language), words_of(page)
        key = why.why.value if isinstance(why, NotInstalled) else "database"
        code = why.detail if isinstance(why, NotInstalled) and why.why is InstallProblem.REFUSED else ""
        reason = words.t("not_installed.refused_code", code=code) if code else words.t(f"not_installed.{key}")
        again = words.t("not_installed.again")
        assert (answer.status, text) == (status, f"{words.t('not_installed.title')} {reason} {again}")
        assert f'href="{INSTALL_PATH}"' in page

    async def test_without_a_database_nothing_is_begun(self) -> None:
        async with browsing(Scripted(StoreUnusable(reason="gone"))) as browser:
            answer, page = await browser.ask(f"{INSTALL_PATH}?start=1")
        assert (answer.status, "Set-Cookie" in answer.headers) == (503, False)
        assert "database isn't responding" in words_of(page)

    async def test_a_state_that_was_used_is_forgotten_and_that_of_another_window_is_not(self) -> None:
        for outcome, forgotten in (
            (Installed("T1", "A", is_organization=False, app=None), True),
            (NotInstalled(InstallProblem.CANCELLED), True),
            (NotInstalled(InstallProblem.STATE), False),
        ):
            answer, _ = await come_back(outcome, headers=HTTPS)
            cookies = answer.headers.getall("Set-Cookie", [])
            assert [f"{SAFE_STATE_COOKIE}=" in each and "Max-Age=0" in each for each in cookies] == [True] * forgotten


class TestAttacks:
    """What an address, a workspace's name, or an error code may hold (OWASP, web security testing guide)."""

    @pytest.mark.parametrize(
        "outcome",
        [
            Installed(HOSTILE, HOSTILE, is_organization=False, app=HOSTILE),
            Installed(HOSTILE, HOSTILE * 1000, is_organization=True, app=None),
            NotInstalled(InstallProblem.REFUSED, HOSTILE),
            NotInstalled(InstallProblem.REFUSED, "call_this_number_" * 10),
            NotInstalled(InstallProblem.CODE, HOSTILE),
        ],
        ids=["workspace", "long", "error", "words", "code"],
    )
    async def test_nothing_that_strangers_name_is_markup_or_an_address_or_a_header(self, outcome: Outcome) -> None:
        answer, page = await come_back(outcome, query="code=c&state=s&error=%3Cscript%3E")
        assert "<script" not in page
        assert "<img" not in page
        assert "\u202e" not in page
        assert "call_this_number" not in page
        assert len(page) < 5000
        assert "a=b" not in str(answer.headers)
        assert {*re.findall(r'(?:href|src|action)="([^"]*)"', page)} <= {
            "data:,",
            INSTALL_PATH,
            *re.findall(r'"(https://slack\.com/app_redirect\?app=[%\w.+-]+&amp;team=[%\w.+-]+)"', page),
        }

    @pytest.mark.parametrize("path", [INSTALL_PATH, f"{INSTALL_PATH}?start=1", f"{REDIRECT_PATH}?code=c&state=s"])
    async def test_no_page_can_be_framed_sniffed_kept_or_told_of(self, path: str) -> None:
        async with browsing(Scripted()) as browser:
            answer, page = await browser.ask(path)
        told = answer.headers
        assert (told["Cache-Control"], told["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert (told["X-Content-Type-Options"], told["X-Frame-Options"]) == ("nosniff", "DENY")
        policy = dict(part.split(" ", 1) for part in told["Content-Security-Policy"].split("; "))
        nothing = ("default-src", "form-action", "frame-ancestors", "base-uri")
        assert {policy[name] for name in nothing} == {"'none'"}
        assert "script-src" not in policy
        for style in re.findall(r"<style>(.*?)</style>", page, re.DOTALL):
            assert policy["style-src"] == f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
        assert not re.search(r"<script|\son\w+=|\sstyle=|javascript:", page)

    async def test_a_crowd_keeps_slack_busy_no_more_than_once_a_second(self) -> None:
        installing, seconds = Scripted(NotInstalled(InstallProblem.CODE)), [0.0]
        async with browsing(installing, lambda: seconds[0]) as browser:

            async def come_back(cookie: str) -> int:
                path = f"{REDIRECT_PATH}?code=made-up&state=s"
                return (await browser.ask(path, headers={"Cookie": f"{STATE_COOKIE}={cookie}"}))[0].status

            assert [await come_back("s") for _ in range(62)] == [400] * 60 + [503] * 2
            assert await come_back("another") == 400, "whoever began nothing asks nothing of Slack"
            seconds[0] += 60
            assert await come_back("s") == 400
        assert len(installing.completed) == 62

    async def test_made_up_states_keep_nobody_else_waiting(self) -> None:
        installing = Scripted(NotInstalled(InstallProblem.STATE))
        path, cookie = f"{REDIRECT_PATH}?code=made-up&state=s", {"Cookie": f"{STATE_COOKIE}=s"}
        async with browsing(installing, lambda: 0.0) as browser:
            assert {(await browser.ask(path, headers=cookie))[0].status for _ in range(62)} == {400}
            installing.outcome = Installed("T1", "One", is_organization=False, app="A1")
            assert (await browser.ask(path, headers=cookie))[0].status == 200

    async def test_what_is_in_an_address_stands_in_no_page(self) -> None:
        _, page = await come_back(NotInstalled(InstallProblem.CODE), query="code=xoxb-code&state=secret-state")
        assert "xoxb-code" not in page
        assert "secret-state" not in page


@pytest.mark.parametrize(
    ("preferences", "language"),
    [
        ("", "en"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("fr-FR,fr;q=0.9", "en"),
        ("fr, ko;q=0.2", "ko"),
        ("ko;q=0, en;q=0.1", "en"),
        ("en;q=0.4, ko;q=0.5", "ko"),
        ("ko;q=high", "en"),
        ("ko;level=1", "ko"),
        ("*", "en"),
        (";;,,==", "en"),
        ("x," * 100 + "ko", "en"),
    ],
)
def test_the_language_is_the_one_the_browser_prefers(preferences: str, language: str) -> None:
    assert preferred_language(preferences) == language
