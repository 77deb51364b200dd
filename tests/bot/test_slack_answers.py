"""What Slack's failures mean: worth asking again, and when, or for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import PaperboyError, SlackRefused, SlackUnreachable
from bot.manifest import build_manifest
from bot.slack_answers import SlackBusy, ask, ask_until_answered
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
        await ask("auth.test", client.auth_test())
    return caught.value


async def test_an_answer_is_an_answer(slack: SlackEmulator, client: AsyncWebClient) -> None:
    assert (await ask("auth.test", client.auth_test()))["team_id"] == slack.team_id


@pytest.mark.parametrize(
    "error", ["invalid_auth", "token_revoked", "missing_scope", "channel_not_found", "not_yet_known"]
)
async def test_a_refusal_is_for_good(slack: SlackEmulator, client: AsyncWebClient, error: str) -> None:
    slack.faults.error("auth.test", error=error)
    refused = await failure(client)
    assert isinstance(refused, SlackRefused)
    assert refused.values == {"method": "auth.test", "error": error}


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "service_unavailable", "request_timeout"])
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
    await ask_until_answered(lambda: ask("auth.test", client.auth_test()), clock)
    assert clock.slept == [7.0, 2.0]


async def test_without_patience_the_first_failure_is_the_last(slack: SlackEmulator, client: AsyncWebClient) -> None:
    clock = PatientClock()
    slack.faults.answer("auth.test", status=500)
    with pytest.raises(SlackUnreachable):
        await ask_until_answered(lambda: ask("auth.test", client.auth_test()), clock, give_up_after=0)
    assert clock.slept == []
