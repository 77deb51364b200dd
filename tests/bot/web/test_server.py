"""Paperboy behind an address: the same answers as over a socket, for Slack's own requests and nobody else's."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import time
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from slack_sdk.errors import SlackApiError

from bot.errors import StoreUnusable
from bot.network import Network
from bot.slack.client import open_session, share_session
from bot.slack.manifest import build_manifest
from bot.web.install_pages import INSTALL_PATH, REDIRECT_PATH
from bot.web.server import is_from_slack, open_server, read_request
from tests.harness import DAY, bundled_day, open_harness, read
from tests.outside import Outside
from tests.scopes import USUALLY_GRANTED
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.harness import Harness

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = datetime.fromtimestamp(1531420618, UTC)
SIGNED = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


class TestSignature:
    def test_slacks_own_example_is_from_slack(self) -> None:
        assert is_from_slack(SECRET, timestamp="1531420618", signature=SIGNED, body=BODY, now=NOW)

    @pytest.mark.parametrize("seconds", [-301, 301, 10**9])
    def test_it_is_worth_nothing_five_minutes_later_or_earlier(self, seconds: int) -> None:
        then = NOW + timedelta(seconds=seconds)
        assert not is_from_slack(SECRET, timestamp="1531420618", signature=SIGNED, body=BODY, now=then)

    @pytest.mark.parametrize("timestamp", ["", "soon", "1531420618.0", "-1531420618", " 1531420618", "1" * 400, "１５"])
    def test_a_time_that_is_none(self, timestamp: str) -> None:
        assert not is_from_slack(SECRET, timestamp=timestamp, signature=SIGNED, body=BODY, now=NOW)

    @given(body=st.binary(), signature=st.text())
    def test_nothing_else_is(self, body: bytes, signature: str) -> None:
        assert not is_from_slack(SECRET, timestamp="1531420618", signature=signature, body=body, now=NOW)

    @given(cut=st.integers(0, len(BODY) - 1))
    def test_a_body_cut_short_is_not(self, cut: int) -> None:
        assert not is_from_slack(SECRET, timestamp="1531420618", signature=SIGNED, body=BODY[:cut], now=NOW)


FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.mark.parametrize(
    ("body", "content_type", "sense"),
    [
        (b'{"type":"event_callback"}', JSON, True),
        (b"[1]", JSON, False),
        (b"null", JSON, False),
        (b'{"type":', JSON, False),
        (b'{"team":5}', JSON, False),
        (b'{"authorizations":[1]}', JSON, False),
        (b"[" * 100_000, JSON, False),
        (b"\xff\xfe", JSON, False),
        (b"command=%2Fpaper&text=", FORM, True),
        (b"payload=%7B%22type%22%3A1%7D", FORM, True),
        (b"payload=%5B%5D", FORM, False),
        (b"payload=nothing", FORM, False),
        (b"a=1&payload=zzz", FORM, False),
        (b"{=", FORM, False),
        (b"", FORM, False),
    ],
)
def test_only_what_slack_would_send_makes_sense(body: bytes, content_type: str, sense: bool) -> None:
    assert (read_request(body, headers={"Content-Type": content_type}) is not None) is sense


@given(body=st.binary(), content_type=st.sampled_from([JSON, FORM, "text/plain", ""]))
def test_no_body_is_too_odd_to_be_judged(body: bytes, content_type: str) -> None:
    read_request(body, headers={"Content-Type": content_type})


# a bot behind an address ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def open_branch(folder: Path, **more: Any) -> AsyncIterator[Harness]:
    """An office that Slack reaches over HTTP."""
    manifest = build_manifest(http_url="http://127.0.0.1:1")
    async with open_harness(folder, manifest=manifest, over_http=True, **more) as harness:
        await harness.post(top=10)
        yield harness


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_branch(tmp_path) as opened:
        yield opened


def base(harness: Harness) -> str:
    return f"http://127.0.0.1:{harness.bot.port}"


async def get(harness: Harness, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{base(harness)}{path}") as answer:
        return answer.status, await answer.text()


class TestTheSameAnswers:
    async def test_slack_accepts_the_address(self, harness: Harness) -> None:
        attempt = await harness.slack.verify_url("are you there?")
        assert attempt.status == 200
        assert "are you there?" in str(attempt.answer)

    async def test_a_known_papers_card_is_the_answer_itself(self, harness: Harness) -> None:
        answer = await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", "2407.21017")
        assert answer.ok
        assert "Matting" in answer.payload["text"]

    async def test_help_list_and_a_paper_nobody_knows(self, harness: Harness) -> None:
        (helped,) = await harness.ask(harness.ana, "help")
        assert "/paper list" in helped
        said = await harness.ask(harness.ana, "2407.99999")
        assert "2407.99999" in said[-1]

    async def test_a_reaction_saves_and_taking_it_back_undoes(self, harness: Harness) -> None:
        await harness.react(harness.ana, harness.cards[0], "bookmark")
        assert len(await harness.reading_list(harness.ana)) == 1
        await harness.unreact(harness.ana, harness.cards[0], "bookmark")
        assert await harness.reading_list(harness.ana) == []

    async def test_a_button_answers_the_clicker(self, harness: Harness) -> None:
        (said,) = await harness.click(harness.ana, harness.cards[0], "save_paper")
        assert "Meltemi" in said

    async def test_an_event_brought_again_changes_nothing(self, harness: Harness) -> None:
        harness.slack.faults.duplicate_next(2)
        await harness.react(harness.ana, harness.cards[0], "bookmark")
        await harness.unreact(harness.ana, harness.cards[0], "bookmark")
        assert await harness.reading_list(harness.ana) == []

    async def test_an_event_that_could_not_be_kept_is_brought_again(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store, failures = harness.bot.services.store, iter([True, True])
        keep = store.reading_lists.record_reaction

        async def fail_twice(*arguments: Any, **more: Any) -> None:
            if next(failures, False):
                raise StoreUnusable(path="paperboy.db", reason="disk full")
            await keep(*arguments, **more)

        monkeypatch.setattr(store.reading_lists, "record_reaction", fail_twice)
        await harness.react(harness.ana, harness.cards[0], "bookmark")
        assert len(await harness.reading_list(harness.ana)) == 1


class TestNobodyElse:
    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Slack-Signature": "v0=" + "0" * 64},
            {"X-Slack-Signature": ""},
            {"X-Slack-Signature": "ü"},
            {"X-Slack-Request-Timestamp": "yesterday"},
            {"X-Slack-Request-Timestamp": "9" * 200},
            {"X-Slack-Request-Timestamp": ""},
        ],
    )
    async def test_a_forged_request_is_turned_away(self, harness: Harness, headers: dict[str, str]) -> None:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        attempt = await harness.slack.post_raw(b"command=%2Fpaper&text=help", {**form, **headers})
        assert attempt.status == 401

    async def test_a_request_of_ten_minutes_ago_is_turned_away_though_slack_signed_it(self, harness: Harness) -> None:
        body = urlencode({"command": "/paper", "text": "help", "user_id": harness.ana.id}).encode()
        headers = harness.slack.signature(body, int(time.time()) - 600)
        attempt = await harness.slack.post_raw(body, {"Content-Type": "application/x-www-form-urlencoded", **headers})
        assert attempt.status == 401

    @pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b"", b"null"])
    async def test_what_makes_no_sense_is_400_even_when_signed(self, harness: Harness, body: bytes) -> None:
        attempt = await harness.slack.post_raw(body, {"Content-Type": "application/json"})
        assert attempt.status == 400

    async def test_a_body_without_end_is_refused(self, harness: Harness) -> None:
        attempt = await harness.slack.post_raw(b"x" * (600 * 1024), {"Content-Type": "application/json"})
        assert attempt.status == 413

    async def test_other_ways_in_are_closed(self, harness: Harness) -> None:
        assert (await get(harness, "/slack/events"))[0] == 405
        assert (await get(harness, "/"))[0] == 404
        # One workspace's token is what it is: nobody can install the app elsewhere.
        for path in (INSTALL_PATH, REDIRECT_PATH):
            assert (await get(harness, path))[0] == 404


class TestHealthAndFigures:
    async def test_all_is_well(self, harness: Harness) -> None:
        assert await get(harness, "/healthz") == (200, '{"status": "ok"}')

    async def test_a_database_that_does_not_answer(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        async def fail() -> None:
            raise StoreUnusable(path="paperboy.db", reason="disk I/O error")

        monkeypatch.setattr(harness.bot.services.store.maintenance, "check", fail)
        status, told = await get(harness, "/healthz")
        assert status == 503
        assert "database" in told
        assert await get(harness, "/livez") == (200, '{"status": "ok"}')

    async def test_figures_of_the_process_are_told_also_while_the_database_is_away(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def fail() -> None:
            raise StoreUnusable(path="paperboy.db", reason="disk I/O error")

        _, page = await get(harness, "/metrics")
        assert "\npaperboy_database_up 1.0" in page
        assert "\npaperboy_owned_workspaces 1.0" in page
        assert "\npaperboy_saved_papers " in page
        monkeypatch.setattr(harness.bot.services.store.maintenance, "stats", fail)
        status, page = await get(harness, "/metrics")
        assert status == 200
        assert "\npaperboy_database_up 0.0" in page
        assert "\npaperboy_build_info" in page
        assert "\npaperboy_saved_papers " not in page, "nobody knows"

    async def test_a_socket_that_is_cut(self, tmp_path: Path) -> None:
        async with open_harness(tmp_path, port=0) as harness:
            assert (await get(harness, "/healthz"))[0] == 200
            assert (await get(harness, "/slack/events"))[0] == 404
            await harness.socket_mode.close()
            status, told = await get(harness, "/healthz")
            assert status == 503
            assert "not connected" in told

    async def test_figures_count_what_was_sent_and_answered(self, harness: Harness) -> None:
        await harness.ask(harness.ana, "help")
        await harness.react(harness.ana, harness.cards[0], "bookmark")
        await harness.slack.post_raw(b"{}", {"X-Slack-Signature": "v0=forged"})
        status, page = await get(harness, "/metrics")
        assert status == 200
        figures = {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
        }
        assert figures["paperboy_deliveries", "sent"] == 11
        assert figures["paperboy_answer_seconds_count", "200", "command"] == 1
        assert figures["paperboy_answer_seconds_count", "200", "event"] >= 1
        assert figures["paperboy_refused_requests_total", "401"] == 1
        assert figures["paperboy_saved_papers",] == 1
        assert figures["paperboy_last_message_timestamp_seconds",] > 0

    async def test_what_slack_has_too_much_of_is_counted_by_method_and_no_address_is_told(
        self, harness: Harness
    ) -> None:
        harness.slack.faults.answer("reactions.get", status=429, retry_after=1)
        with pytest.raises(SlackApiError):
            await harness.bot.workspace.client.reactions_get(channel=harness.papers.id, timestamp="1.1")
        _, page = await get(harness, "/metrics")
        assert 'paperboy_rate_limited_requests_total{method="reactions.get"} 1.0' in page

    async def test_the_address_of_an_answer_is_no_method(self) -> None:
        heard: list[str] = []
        application = web.Application()
        application.router.add_post("/{path:.*}", _too_many)
        async with (
            open_server(application, "127.0.0.1", 0, drain_seconds=1) as port,
            open_session(Network(), on_rate_limited=heard.append) as session,
            share_session(session) as shared,
        ):
            for path in ("api/chat.postMessage", "actions/T1/123/abcDEF", "commands/T1/1.2/x.y9"):
                async with shared.post(f"http://127.0.0.1:{port}/{path}"):
                    pass
        assert heard == ["chat.postMessage", "response_url", "response_url"]

    async def test_figures_name_nobody(self, harness: Harness) -> None:
        await harness.react(harness.ana, harness.cards[0], "bookmark")
        _, page = await get(harness, "/metrics")
        for name in (harness.ana.id, harness.papers.id, harness.team, "2407.20743"):
            assert name not in page


async def _too_many(_: web.Request) -> web.Response:
    return web.Response(status=429)


# a process behind an address ------------------------------------------------------------------------------------------


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    from bot.slack_emulator import SlackEmulator

    manifest = build_manifest(http_url="http://127.0.0.1:1")
    async with (
        PaperSources.open() as sources,
        SlackEmulator(manifest, granted=USUALLY_GRANTED, retry_delays=(0, 0, 0)) as slack,
    ):
        sources.day(DAY, bundled_day())
        outside = Outside(slack, sources, tmp_path)
        del outside.environment["SLACK_APP_TOKEN"]
        yield outside


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def test_sigterm_lets_a_request_be_answered_first(outside: Outside) -> None:
    port = free_port()
    process = await outside.start("run", SLACK_SIGNING_SECRET=outside.slack.signing_secret, PORT=str(port))
    outside.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    assert process.stderr is not None
    await process.stderr.readuntil(b"connected to Slack")
    assert (await outside.do("post", "--channel", outside.papers.id, "--date", str(DAY), "--top", "1"))[0] == 0
    (header, _card) = outside.slack.messages(outside.papers.id)
    in_flight = asyncio.Event()
    outside.slack.faults.before_request(1, in_flight.set)  # somebody new is asked after while their click is dealt with
    with closing(sqlite3.connect(outside.database, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        card = outside.slack.thread(outside.papers.id, header.ts)[1]
        clicking = asyncio.create_task(outside.slack.click(outside.ana.id, card, "save_paper"))
        await in_flight.wait()
        process.send_signal(signal.SIGTERM)
        db.execute("ROLLBACK")
    assert (await clicking).ok
    assert await process.wait() == 0
    (said,) = outside.slack.ephemerals(outside.ana.id)
    assert "Meltemi" in read(said)


async def test_a_port_in_use_is_one_line(outside: Outside) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, complaint = await outside.do("run", SLACK_SIGNING_SECRET=outside.slack.signing_secret, PORT=str(port))
    assert code == 1
    assert complaint.splitlines()[-1].startswith(f"paperboy: Port {port} is in use.")


async def test_a_host_that_is_none_of_this_machine_is_one_line_without_the_systems_numbers(outside: Outside) -> None:
    secret = outside.slack.signing_secret
    code, _, complaint = await outside.do("run", SLACK_SIGNING_SECRET=secret, HOST="192.0.2.1", PORT="8080")
    assert code == 1
    assert complaint.splitlines()[-1].startswith("paperboy: Couldn't listen on 192.0.2.1 port 8080: Cannot assign")
    assert "rrno" not in complaint


async def test_no_way_in_at_all_is_one_line_that_names_both(outside: Outside) -> None:
    code, _, complaint = await outside.do("run")
    assert code == 2
    assert complaint.count("\n") == 1
    assert "SLACK_APP_TOKEN" in complaint
    assert "SLACK_SIGNING_SECRET" in complaint


async def test_http_needs_a_port(outside: Outside) -> None:
    code, _, complaint = await outside.do("run", SLACK_SIGNING_SECRET=outside.slack.signing_secret)
    assert code == 2
    assert "PORT" in complaint


async def test_nothing_listens_when_no_port_is_set(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        assert harness.bot.port is None
