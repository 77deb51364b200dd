"""What Slack's failures mean: worth asking again, and when, or for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import PaperboyError, SlackRefused, SlackUnreachable
from bot.slack.manifest import build_manifest
from bot.slack.recovery import Recovery
from bot.slack.web_api import Refusal, SlackBusy, answer_to, call, call_with_retry
from bot.slack_emulator import SlackEmulator
from tests.clocks import PatientClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(build_manifest()) as slack:
        yield slack


@pytest.fixture
async def client(slack: SlackEmulator) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])


async def failure(client: AsyncWebClient) -> PaperboyError:
    with pytest.raises((SlackRefused, SlackUnreachable)) as caught:
        await call("auth.test", client.auth_test())
    return caught.value


async def test_an_answer_is_an_answer(slack: SlackEmulator, client: AsyncWebClient) -> None:
    assert (await call("auth.test", client.auth_test()))["team_id"] == slack.team_id


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "missing_scope", "channel_not_found"])
async def test_a_refusal_is_for_good(slack: SlackEmulator, client: AsyncWebClient, error: str) -> None:
    slack.faults.error("auth.test", error=error)
    refused = await failure(client)
    assert isinstance(refused, SlackRefused)
    assert refused.values == {"method": "auth.test", "error": error}


@pytest.mark.parametrize(
    "error", ["internal_error", "fatal_error", "service_unavailable", "request_timeout", "not_yet_known"]
)
async def test_slacks_own_trouble_passes(slack: SlackEmulator, client: AsyncWebClient, error: str) -> None:
    slack.faults.error("auth.test", error=error)
    assert (await failure(client)).values == {"method": "auth.test", "reason": error}


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 502},
        {"status": 503, "body": {"ok": False, "error": "invalid_auth"}},
        {"status": 200, "body": {}},
        {"status": 429},
    ],
)
async def test_an_answer_that_is_none_passes(slack: SlackEmulator, client: AsyncWebClient, answer: Any) -> None:
    slack.faults.answer("auth.test", **answer)
    assert isinstance(await failure(client), SlackUnreachable)


JSON = {"Content-Type": "application/json"}
PAGE = b"<!doctype html><html><body>Access denied by policy</body></html>"
FOREIGN: dict[str, Any] = {
    "a firewall's page": {"status": 403, "body": PAGE},
    "a proxy's page": {"status": 407, "body": PAGE},
    "a load balancer's page": {"status": 404, "body": PAGE},
    "a captive portal's page": {"status": 200, "body": PAGE},
    "a page that says it is JSON": {"status": 200, "body": PAGE, "headers": JSON},
    "a gateway's page": {"status": 503, "body": PAGE},
    "words": {"status": 200, "body": b"blocked", "headers": {"Content-Type": "text/plain"}},
    "words of an unknown charset": {"status": 200, "body": b"ok", "headers": {"Content-Type": "text/plain;charset=x"}},
    "an empty list": {"status": 200, "body": b"[]", "headers": JSON},
    "a list": {"status": 200, "body": b'[{"ok":true}]', "headers": JSON},
    "a word": {"status": 200, "body": b'"ok"', "headers": JSON},
    "a number": {"status": 200, "body": b"1", "headers": JSON},
    "null": {"status": 200, "body": b"null", "headers": JSON},
    "somebody else's JSON": {"status": 200, "body": b'{"status":"blocked"}', "headers": JSON},
    "somebody else's error": {"status": 400, "body": b'{"error":"channel_not_found"}', "headers": JSON},
    "ok in words": {"status": 200, "body": b'{"ok":"true","team_id":"T1","user_id":"U1"}', "headers": JSON},
    "ok as a number": {"status": 200, "body": b'{"ok":1,"team_id":"T1","user_id":"U1"}', "headers": JSON},
    "no ok": {"status": 200, "body": b'{"team_id":"T1","user_id":"U1"}', "headers": JSON},
    "ok and nothing else": {"status": 200, "body": b'{"ok":true}', "headers": JSON},
    "ok and null": {"status": 200, "body": b'{"ok":true,"team_id":null,"user_id":"U1"}', "headers": JSON},
    "ok and nothing in it": {"status": 200, "body": b'{"ok":true,"team_id":"","user_id":"U1"}', "headers": JSON},
    "ok with a status that is not": {
        "status": 404,
        "body": b'{"ok":true,"team_id":"T1","user_id":"U"}',
        "headers": JSON,
    },
    "an error that is no code": {"status": 200, "body": b'{"ok":false,"error":{"code":7}}', "headers": JSON},
    "nothing": {"status": 200, "body": b"", "headers": JSON},
    "nothing, on purpose": {"status": 204, "body": b"", "headers": {}},
    "cut off": {"status": 200, "body": b'{"ok":true,"team_id":"T', "headers": JSON},
    "not UTF-8": {"status": 200, "body": b'{"ok":true,"team_id":"\xff\xfe"}', "headers": JSON},
    "nested without end": {"status": 200, "body": b"[" * 100_000, "headers": JSON},
    "said to be gzip": {"status": 200, "body": b"no gzip at all", "headers": {**JSON, "Content-Encoding": "gzip"}},
    "a gzip file": {"status": 200, "body": b"\x1f\x8b", "headers": {"Content-Type": "application/gzip"}},
    "bytes": {"status": 200, "body": b"\x00\x01", "headers": {"Content-Type": "application/octet-stream"}},
}


@pytest.mark.parametrize("answer", FOREIGN.values(), ids=FOREIGN)
async def test_what_is_not_slacks_own_word_is_no_answer(
    slack: SlackEmulator, client: AsyncWebClient, answer: dict[str, Any]
) -> None:
    slack.faults.foreign("auth.test", **answer)
    assert isinstance(await failure(client), SlackUnreachable)
    assert (await call("auth.test", client.auth_test()))["team_id"] == slack.team_id


@pytest.mark.parametrize(
    ("answer", "recovery"),
    [
        ("a firewall's page", Recovery.WAIT),
        ("a captive portal's page", Recovery.WAIT),
        ("a gateway's page", Recovery.LOOK),
    ]
    + [(name, Recovery.LOOK) for name in ("ok and nothing else", "nothing", "cut off", "an empty list", "words")],
)
async def test_a_page_was_put_there_before_slack_heard_of_it_and_the_rest_is_looked_for(
    slack: SlackEmulator, client: AsyncWebClient, answer: str, recovery: Recovery
) -> None:
    slack.faults.foreign("chat.postMessage", **FOREIGN[answer])
    refusal = await answer_to("chat.postMessage", client.chat_postMessage(channel="C1", text="Hello"))
    assert isinstance(refusal, Refusal)
    assert refusal.recovery is recovery
    assert refusal.reason


async def test_a_wait_without_end_has_one(slack: SlackEmulator, client: AsyncWebClient) -> None:
    slack.faults.answer("auth.test", status=429, retry_after=10**400)
    assert (await failure(client)).values["seconds"] == 86_400


async def test_slack_says_when_to_come_back(slack: SlackEmulator, client: AsyncWebClient) -> None:
    slack.faults.answer("auth.test", status=429, retry_after=17)
    busy = await failure(client)
    assert isinstance(busy, SlackBusy)
    assert busy.values["seconds"] == 17


async def test_a_cut_connection_and_a_closed_door_pass(slack: SlackEmulator, client: AsyncWebClient) -> None:
    slack.faults.drop_after_accepting("auth.test")
    assert isinstance(await failure(client), SlackUnreachable)
    client.base_url = "http://127.0.0.1:9/"
    assert isinstance(await failure(client), SlackUnreachable)


async def test_asked_until_it_answers_slack_is_given_time(slack: SlackEmulator, client: AsyncWebClient) -> None:
    clock = PatientClock()
    slack.faults.answer("auth.test", status=429, retry_after=7)
    slack.faults.answer("auth.test", status=500)
    await call_with_retry(lambda: call("auth.test", client.auth_test()), clock)
    assert clock.slept == [7.0, 2.0]


async def test_without_patience_the_first_failure_is_the_last(slack: SlackEmulator, client: AsyncWebClient) -> None:
    clock = PatientClock()
    slack.faults.answer("auth.test", status=500)
    with pytest.raises(SlackUnreachable):
        await call_with_retry(lambda: call("auth.test", client.auth_test()), clock, give_up_after=0)
    assert clock.slept == []


async def test_what_is_not_slack_may_ask_for_ten_minutes_at_most(slack: SlackEmulator, client: AsyncWebClient) -> None:
    for status in (403, 429, 503):
        slack.faults.foreign("auth.test", status=status, body=PAGE, headers={"Retry-After": "999999"})
        busy = await failure(client)
        assert isinstance(busy, SlackBusy)
        assert busy.values["seconds"] == 600
    slack.faults.answer("auth.test", status=429, retry_after=999_999)
    assert (await failure(client)).values["seconds"] == 86_400
