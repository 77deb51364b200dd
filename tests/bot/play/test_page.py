"""The page for its own browser and nobody else, asked over real HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.play.page import open_page
from bot.play.playground import open_playground
from bot.slack.manifest import build_manifest
from tests.command_server import start_python

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from bot.play.playground import Playground
    from bot.slack_emulator import SlackMessage


ROOT = Path(__file__).resolve().parents[3]

Json = dict[str, Any]


class Browser:
    """The requests a browser makes, rightly or not."""

    def __init__(self, session: aiohttp.ClientSession, playground: Playground, address: str) -> None:
        self.session = session
        self.playground = playground
        self.address = address.rstrip("/")
        self.token = ""

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.session.get(f"{self.address}{path}", headers=headers) as answer:
            return answer.status, await answer.text()

    async def do(self, act: str, said: Json | None = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        own = {"Origin": self.address, "X-Play-Token": self.token}
        body = json.dumps({"as": self.playground.ana.id, **(said or {})})
        async with self.session.post(
            f"{self.address}/{act}", data=body, headers=own if headers is None else headers
        ) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if answer.ok else text

    @property
    def header(self) -> SlackMessage:
        return self.playground.slack.messages(self.playground.papers.id)[0]

    @property
    def place(self) -> str:
        return f"message:{self.header.channel}:{self.header.ts}"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_page() as (playground, address), aiohttp.ClientSession() as session:
        browser = Browser(session, playground, address)
        found = re.search(r'data-token="([^"]+)"', (await browser.get("/"))[1])
        assert found
        browser.token = found[1]
        yield browser


async def test_the_page_shows_the_first_morning(browser: Browser) -> None:
    status, page = await browser.get("/")
    assert status == 200
    assert "Top papers · Mon,\u00a0Jul\u00a029,\u00a02024" in page
    assert "5 replies" in page


async def test_the_page_speaks_the_language_of_its_visitor(browser: Browser) -> None:
    playground = browser.playground
    jimin, korean = playground.jimin.id, playground.korean.id
    header = playground.slack.messages(korean)[0]
    await playground.slack.command(jimin, korean, "/paper", "2407.21017")
    await playground.quiet()
    page = (await browser.get(f"/?as={jimin}&in={korean}&thread={header.ts}"))[1]
    for said in (
        "멤버 3명",
        "답글 5개",
        "마지막 답글: 7월 30일 오전 9:10",
        "7월 30일 화요일",
        "나에게만 표시됨",
        "JSON 보기",
        "실제 논문",
    ):
        assert said in page, said
    for english in (" members<", "Last reply", " replies", "Only visible", "View JSON", "The papers are", "Tue", " AM"):
        assert english not in page, english
    assert "블록" in (await browser.get(f"/inspect?as={jimin}&place=message:{korean}:{header.ts}"))[1]


async def test_a_file_in_a_conversation_is_opened_as_text_by_whoever_is_in_it(browser: Browser) -> None:
    slack, ana, jimin = browser.playground.slack, browser.playground.ana.id, browser.playground.jimin.id
    alone = slack.direct_messages(ana).id
    sent = await slack.send_file(ana, alone, "<b>list.html", b"<script>alert(1)</script>")
    page = (await browser.get(f"/?as={ana}&in={alone}"))[1]
    file_id = sent.files[0]["id"]
    assert "&lt;b&gt;list.html" in page
    assert f"/files?as={ana}&amp;id={file_id}" in page
    async with browser.session.get(f"{browser.address}/files?as={ana}&id={file_id}") as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (
            *(200, "text/plain"),
            b"<script>alert(1)</script>",
        )
    assert (await browser.get(f"/files?as={jimin}&id={file_id}"))[0] == 404
    assert (await browser.get(f"/files?as={ana}&id=F9999999999"))[0] == 404


async def test_only_this_machine_s_own_name_is_answered(browser: Browser) -> None:
    for host in ("evil.example", "127.0.0.1:1", "localhost", "127.0.0.1.evil.example"):
        assert (await browser.get("/", Host=host))[0] == 403, host


async def test_it_is_reached_as_localhost_too(browser: Browser) -> None:
    assert (await browser.get("/", Host=browser.address.replace("http://127.0.0.1", "localhost")))[0] == 200


async def test_another_site_may_neither_look_nor_act(browser: Browser) -> None:
    for origin in ("https://evil.example", "null", "http://localhost:1"):
        assert (await browser.get("/", Origin=origin))[0] == 403, origin
        headers = {"Origin": origin, "X-Play-Token": browser.token}
        assert (await browser.do("next-morning", headers=headers))[0] == 403, origin


async def test_nobody_acts_without_an_origin_or_the_token_of_this_start(browser: Browser) -> None:
    before = browser.playground.moment.date()
    assert (await browser.do("next-morning", headers={"X-Play-Token": browser.token}))[0] == 403
    assert (await browser.do("next-morning", headers={"Origin": browser.address}))[0] == 403
    assert (await browser.do("next-morning", headers={"Origin": browser.address, "X-Play-Token": "한"}))[0] == 403
    assert browser.playground.moment.date() == before


async def test_every_answer_forbids_what_does_not_come_from_here(browser: Browser) -> None:
    for path in ("/", "/static/play.css", "/faces/U1.svg", "/thumbnails/x.svg", "/nowhere", "/?as=U9"):
        async with browser.session.get(f"{browser.address}{path}") as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';"), path
            assert "unsafe" not in policy, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path


async def test_no_page_holds_a_script_or_a_style_of_its_own(browser: Browser) -> None:
    for person in (browser.playground.ana, browser.playground.jimin):
        _, page = await browser.get(f"/?as={person.id}&thread={browser.header.ts}")
        assert not re.search(r"<script(?! src=\"/static/play\.js\" defer>)|<style|\sstyle=|\son\w+=", page)
        assert not re.search(r"(?:src|href)=\"(?!/|#|https?://)", page)
        assert not re.search(r"src=\"(?!/)", page)


async def test_nonsense_is_refused(browser: Browser) -> None:
    unknown = ("/?as=nobody", "/?in=C9", "/events?seen=x", "/inspect?place=message:C9:1")
    for path in (*unknown, "/static/page.jinja", "/static/..%2f"):
        assert (await browser.get(path))[0] in {400, 404}, path


async def test_a_body_that_is_no_act_is_refused(browser: Browser) -> None:
    headers = {"Origin": browser.address, "X-Play-Token": browser.token}
    for body in ("", "[]", "{", '"x"', "{}"):
        async with browser.session.post(f"{browser.address}/say", data=body, headers=headers) as answer:
            assert answer.status == 400, body


async def test_a_choice_that_no_form_holds_is_refused(browser: Browser) -> None:
    choices: list[object] = [1, {"a": "b"}, [1], [["a"]]]
    for choice in choices:
        said = {"place": browser.place, "kind": "checkboxes", "action": "a", "block": "", "choice": choice}
        assert (await browser.do("act", said))[0] == 400, choice


async def test_what_is_no_longer_there_is_said_plainly(browser: Browser) -> None:
    said = {"place": f"message:{browser.header.channel}:1.1", "name": "bookmark"}
    assert await browser.do("react", said) == (200, {"said": "What you selected is no longer there."})


async def test_somebody_elses_private_message_cannot_be_used(browser: Browser) -> None:
    playground = browser.playground
    await browser.do("say", {"in": playground.papers.id, "thread": "", "words": "/paper help"})
    await playground.quiet()
    *_, private = playground.slack.ephemerals(playground.ana.id)
    place = f"private:{private.ts}"
    assert (await browser.get(f"/inspect?as={playground.ana.id}&place={place}"))[0] == 200
    pressed = {"as": playground.jimin.id, "place": place, "kind": "button", "action": "x", "block": ""}
    _, outcome = await browser.do("act", pressed)
    assert outcome == {"said": "What you selected is no longer there."}


async def test_commands_are_not_supported_in_threads(browser: Browser) -> None:
    said = {"in": browser.header.channel, "thread": browser.header.ts, "words": "/paper list"}
    assert await browser.do("say", said) == (200, {"said": "/paper isn't available in threads."})


async def test_invite_is_a_command_as_well(browser: Browser) -> None:
    playground = browser.playground
    await browser.do("say", {"in": playground.reading.id, "thread": "", "words": "/invite @paperboy"})
    assert playground.slack.bot_user_id in playground.slack.channel(playground.reading.id).members


async def test_an_empty_channel_no_longer_says_that_paperboy_is_missing_once_it_was_invited(browser: Browser) -> None:
    playground = browser.playground
    reading = playground.reading.id
    address = f"{browser.address}/events?as={playground.ana.id}&in={reading}&seen="
    async with browser.session.get(f"{browser.address}/?as={playground.ana.id}&in={reading}") as page:
        shown = await page.text()
    assert "in this channel yet" in shown
    await browser.do("invite", {"in": reading})
    async with browser.session.get(f"{address}0") as answer:
        line = (await answer.content.readuntil(b"\n\n")).decode()
    (empty,) = [patch["html"] for patch in json.loads(line.partition("data: ")[2]) if patch["part"] == "empty"]
    assert "in this channel yet" not in empty


async def test_a_week_that_is_over_says_so_and_offers_to_start_over(browser: Browser) -> None:
    playground = browser.playground
    assert "bundled week ends here" not in (await browser.get("/"))[1]
    playground.clock.advance_to(datetime(2024, 8, 5, 1, tzinfo=UTC))
    before = playground.moment
    for person, over, again in (
        (playground.ana, "The bundled week ends here.", "Start over"),
        (playground.jimin, "준비된 한 주가 여기서 끝납니다.", "처음부터 다시"),
    ):
        page = (await browser.get(f"/?as={person.id}&in={playground.papers.id}"))[1]
        told = part(page, "steps")
        assert over in told
        assert "data-start-over" in told
        assert again in told
        status, outcome = await browser.do("next-morning", {"as": person.id})
        assert (status, over in outcome["said"]) == (200, True)
        assert outcome["ask"]["confirm"]["text"] == again
    assert playground.moment - before < timedelta(hours=1)


async def test_first_steps_are_shown_until_each_is_done(browser: Browser) -> None:
    playground, here = browser.playground, browser.playground.papers.id
    steps = part((await browser.get("/"))[1], "steps")
    assert re.findall(r'id="step-([a-z-]+)"', steps) == ["look-up", "save", "list", "mention"]
    typed = re.findall(r'data-type="([^"]+)"', steps)
    assert typed == ["/paper 2407.21017", "/paper list", "@Paperboy 2407.21017"]
    assert f'data-thread="{browser.header.ts}"' in steps
    for words in typed:
        await browser.do("say", {"in": here, "thread": "", "words": words})
    await browser.do("react", {"place": browser.place, "name": "two"})
    steps = part((await browser.get("/"))[1], "steps")
    assert re.findall(r'id="step-([a-z-]+)"', steps) == ["link", "home", "morning"]
    (link,) = re.findall(r'data-type="([^"]+)"', steps)
    await browser.do("say", {"in": here, "thread": "", "words": link})
    (home,) = re.findall(r'id="step-home" href="([^"]+)"', steps)
    assert 'id="home"' in (await browser.get(home.replace("&amp;", "&")))[1]
    assert re.findall(r'id="step-([a-z-]+)"', part((await browser.get("/"))[1], "steps")) == ["morning"]
    jimin = f"/?as={playground.jimin.id}&in={here}"
    assert "/paper 목록" in part((await browser.get(jimin))[1], "steps")
    await playground.quiet()


async def test_what_leads_nowhere_without_paperboy_is_not_offered_where_it_is_not(browser: Browser) -> None:
    steps = part((await browser.get(f"/?in={browser.playground.reading.id}"))[1], "steps")
    assert re.findall(r'id="step-([a-z-]+)"', steps) == ["look-up", "save", "list", "home"]


async def test_a_mention_is_answered_in_its_thread_and_a_link_below_it(browser: Browser) -> None:
    playground, slack, here = browser.playground, browser.playground.slack, browser.playground.papers.id
    await browser.do("say", {"in": here, "thread": "", "words": "@Paperboy 2407.21017"})
    await browser.do("say", {"in": here, "thread": "", "words": "Read https://arxiv.org/abs/2407.20743"})
    await playground.quiet()
    mention, link = (each for each in slack.messages(here) if each.user == playground.ana.id)
    thread = (await browser.get(f"/thread?as={playground.ana.id}&in={here}&thread={mention.ts}"))[1]
    assert "Matting by Generation" in thread
    _, _, shown = (await browser.get("/"))[1].partition(f'id="m-{link.ts}"')
    assert 'class="attachment"' in shown
    assert "Meltemi" in shown
    place = f"message:{here}:{link.ts}"
    said = {"place": place, "action": "save_paper", "block": "", "kind": "button", "choice": "2407.20743"}
    assert (await browser.do("act", said))[0] == 200
    await playground.quiet()
    store, team = playground.bot.services.store, playground.bot.workspace.team
    saved, _ = await store.reading_lists.page(team, playground.ana.id, limit=10)
    assert [entry.paper.id for entry in saved] == ["2407.20743"]


async def test_a_direct_message_is_answered(browser: Browser) -> None:
    playground, slack = browser.playground, browser.playground.slack
    direct = slack.direct_messages(playground.ana.id).id
    assert 'id="words"' in (await browser.get(f"/?as={playground.ana.id}&in={direct}"))[1]
    await browser.do("say", {"in": direct, "thread": "", "words": "2407.21017"})
    await playground.quiet()
    assert "Matting by Generation" in (await browser.get(f"/?as={playground.ana.id}&in={direct}"))[1]


async def test_the_home_tab_is_shown_and_its_buttons_change_it(browser: Browser) -> None:
    playground, slack = browser.playground, browser.playground.slack
    home = f"/?as={playground.jimin.id}&in={slack.direct_messages(playground.jimin.id).id}&tab=home"
    await browser.get(home)
    await playground.quiet()
    shown = (await browser.get(home))[1]
    assert "주요 논문" in shown
    view = slack.home(playground.jimin.id)
    assert view is not None
    said = {"as": playground.jimin.id, "place": f"view:{view.id}", "action": "home_save", "block": "", "kind": "button"}
    paper_id = re.findall(r'data-action="home_save"[^>]*data-value="([^"]+)"', shown)[0]
    assert (await browser.do("act", {**said, "choice": paper_id}))[0] == 200
    await playground.quiet()
    assert "읽을 예정" in (await browser.get(home))[1]


async def test_a_global_shortcut_is_used_where_one_writes_and_message_shortcuts_on_messages(browser: Browser) -> None:
    page = (await browser.get("/"))[1]
    assert re.findall(r'data-shortcut="([^"]+)" data-anywhere', page) == ["find_paper"]
    assert {*re.findall(r'data-shortcut="([^"]+)">', page)} == {"look_up_papers", "save_papers"}
    await browser.do("shortcut", {"place": "", "name": "find_paper"})
    assert browser.playground.slack.deliveries[-1].payload["type"] == "shortcut"
    await browser.do("shortcut", {"place": browser.place, "name": "look_up_papers"})
    assert browser.playground.slack.deliveries[-1].payload["type"] == "message_action"
    await browser.playground.quiet()


async def test_first_steps_can_be_closed_and_are_not_in_the_way_of_direct_messages(browser: Browser) -> None:
    playground = browser.playground
    direct = playground.slack.direct_messages(playground.ana.id).id
    assert "<" not in part((await browser.get(f"/?as={playground.ana.id}&in={direct}"))[1], "steps")
    await browser.do("close-steps")
    assert "<" not in part((await browser.get("/"))[1], "steps")
    others = part((await browser.get(f"/?as={playground.jimin.id}"))[1], "steps")
    assert "step-look-up" in others


async def test_starting_over_brings_back_the_first_morning_and_nothing_of_what_was_done(browser: Browser) -> None:
    playground, here = browser.playground, browser.playground.papers.id
    ana = playground.ana.id
    first = (await browser.get("/"))[1]
    await browser.do("react", {"place": browser.place, "name": "two"})
    await playground.slack.write(ana, here, "something to forget")
    await browser.do("close-steps")
    await playground.quiet()
    playground.clock.advance_to(datetime(2024, 8, 5, 1, tzinfo=UTC))
    seen = re.findall(r'data-seen="(\d+)"', (await browser.get("/"))[1])[0]
    assert "first morning" in (await browser.do("start-over"))[1]["said"]
    again = (await browser.get(f"/?as={ana}&in={here}"))[1]
    assert part(again, "sidebar") == part(first, "sidebar")
    assert "something to forget" not in again
    assert 'class="pill' not in again
    assert "step-look-up" in part(again, "steps")
    async with browser.session.get(f"{browser.address}/events?as={ana}&in={here}&seen={seen}") as answer:
        line = (await answer.content.readuntil(b"\n\n")).decode()
    assert json.loads(line.partition("data: ")[2]) == [{"part": "reload"}]
    _, outcome = await browser.do("say", {"in": here, "thread": "", "words": "/paper list"})
    assert outcome == {}


async def test_asked_twice_at_once_it_starts_over_once(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def opening() -> AbstractAsyncContextManager[Playground]:
        opened.append(1)
        return open_playground()

    monkeypatch.setattr("bot.play.page.open_playground", opening)
    answers = await asyncio.gather(*(browser.do("start-over") for _ in range(3)), browser.get("/"))
    assert {status for status, _ in answers} == {200}
    assert len(opened) <= 2  # one may have come only after all was there again


async def test_what_was_asked_for_just_before_it_started_over_is_done_afterwards(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, closed, said, may_open = (asyncio.Event() for _ in range(4))

    @asynccontextmanager
    async def opening() -> AsyncIterator[Playground]:
        closed.set()
        await may_open.wait()
        async with open_playground() as playground:
            yield playground

    async def body() -> AsyncIterator[bytes]:
        yield b"{"
        asked.set()
        await said.wait()
        yield f'"as": "{browser.playground.ana.id}"}}'.encode()

    monkeypatch.setattr("bot.play.page.open_playground", opening)
    headers = {"Origin": browser.address, "X-Play-Token": browser.token}
    morning = asyncio.create_task(browser.session.post(f"{browser.address}/next-morning", data=body(), headers=headers))
    await asked.wait()
    await browser.get("/")
    starting_over = asyncio.create_task(browser.do("start-over"))
    await closed.wait()
    said.set()
    may_open.set()
    assert (await starting_over)[0] == 200
    async with await morning as answer:
        assert (answer.status, "Wednesday" in await answer.text()) == (200, True)


def part(page: str, name: str) -> str:
    """What stands in an element of the page with this id."""
    found = re.search(rf'<(\w+) id="{name}"[^>]*>(.*?)</\1>', page, re.DOTALL)
    assert found
    return found[2]


async def test_a_window_hears_what_it_missed(browser: Browser) -> None:
    playground = browser.playground
    await playground.slack.write(playground.jimin.id, playground.papers.id, "good morning")
    address = f"{browser.address}/events?as={playground.ana.id}&in={playground.papers.id}&seen=0"
    async with browser.session.get(address) as answer:
        line = (await answer.content.readuntil(b"\n\n")).decode()
    patches = json.loads(line.partition("data: ")[2])
    assert "good morning" in next(patch["html"] for patch in patches if patch["part"] == "messages")
    assert patches[-1]["part"] == "sidebar"


async def test_a_window_that_missed_too_much_is_loaded_again(browser: Browser) -> None:
    playground = browser.playground
    address = f"{browser.address}/events?as={playground.ana.id}&in={playground.papers.id}&seen=999"
    async with browser.session.get(address) as answer:
        line = (await answer.content.readuntil(b"\n\n")).decode()
    assert json.loads(line.partition("data: ")[2]) == [{"part": "reload"}]


async def test_what_the_manifest_does_not_have_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = build_manifest()
    manifest["features"]["app_home"] = {"home_tab_enabled": False, "messages_tab_enabled": False}
    manifest["features"]["shortcuts"] = []
    monkeypatch.setattr("bot.play.playground.build_manifest", lambda: manifest)
    async with open_page() as (playground, address), aiohttp.ClientSession() as session:
        browser, slack = Browser(session, playground, address), playground.slack
        page = (await browser.get("/"))[1]
        assert "data-shortcut" not in page
        assert "step-home" not in page
        direct = (
            await browser.get(f"/?as={playground.ana.id}&in={slack.direct_messages(playground.ana.id).id}&tab=home")
        )[1]
        assert 'id="home"' not in direct
        assert "<textarea" not in direct


async def test_paperboy_play_serves_until_it_is_stopped() -> None:
    playing = await start_python("-m", "bot", "play", "--no-browser", env={})
    assert playing.stdout is not None
    told = re.fullmatch(
        rb"Paperboy is running at (http://127\.0\.0\.1:\d+/) \(press Ctrl\+C to stop\)\.\n",
        await playing.stdout.readline(),
    )
    assert told
    async with aiohttp.ClientSession() as session, session.get(told[1].decode()) as answer:
        assert answer.status == 200
    playing.send_signal(signal.SIGINT)
    out, errors = await playing.communicate()
    assert (playing.returncode, out, errors) == (0, b"", b"")
