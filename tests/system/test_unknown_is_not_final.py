"""Whatever answers in Slack's place, and whatever code nobody foresaw: no message is lost, and none comes twice."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import SlackRefused, SlackUnreachable
from bot.rules.channels import ChannelState
from bot.rules.editions import daily_edition
from bot.rules.outbox import DeliveryState
from bot.slack import sender
from bot.slack.client import send_json
from bot.slack.manifest import build_manifest
from bot.slack.sender import MOST_LOOKS, MOST_SENT_UNSEEN, OutboxSender
from tests.harness import open_harness, papers_of, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from slack_sdk.web.async_client import AsyncWebClient

    from tests.harness import Harness

POST, UPDATE, REPLIES, HISTORY = "chat.postMessage", "chat.update", "conversations.replies", "conversations.history"
THURSDAY, FRIDAY = date(2024, 8, 1), date(2024, 8, 2)
MORNING = datetime(2024, 8, 2, 0, 10, tzinfo=UTC)
EDITION = daily_edition(THURSDAY)
WHOLE = ["header", "2408.01001", "2408.01002", "2408.01003"]
PAGE = b"<html><body>Access denied by policy</body></html>"
JSON = {"Content-Type": "application/json; charset=utf-8"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
# Jimin, the second person in the office.
OPERATOR = "U0000000003"

# Each as something in front of Slack, or Slack on a bad day, may answer: status, bytes, headers.
NOT_SLACKS_WORD = {
    "403 page of a firewall": (403, PAGE, HTML),
    "404 page of a load balancer": (404, PAGE, HTML),
    "407 page of a proxy": (407, PAGE, HTML),
    "200 page of a captive portal": (200, PAGE, HTML),
    "500 page": (500, PAGE, HTML),
    "503 page": (503, PAGE, HTML),
    "503 page that says when": (503, PAGE, {**HTML, "Retry-After": "20"}),
    "JSON that is not Slack's": (200, b'{"status":"blocked"}', JSON),
    "403, JSON that is not Slack's": (403, b'{"error":"forbidden"}', JSON),
    "an empty list": (200, b"[]", JSON),
    "a list": (200, b"[1]", JSON),
    "a number": (200, b"17", JSON),
    "a text": (200, b'"ok"', JSON),
    "null": (200, b"null", JSON),
    "nothing": (200, b"", JSON),
    "half an answer": (200, b'{"ok":true,"channel":"C1","t', JSON),
    "plain text": (200, b"OK", {"Content-Type": "text/plain"}),
    "bytes of another kind": (200, b"\x1f\x8b\x00", {"Content-Type": "application/gzip"}),
    "letters of no alphabet": (200, b'{"ok":true,"x":"\xff"}', {"Content-Type": "application/json; charset=utf-8"}),
    "an alphabet nobody knows": (200, b'{"ok":true}', {"Content-Type": "application/json; charset=klingon"}),
    "ok without a ts": (200, b'{"ok":true}', JSON),
    "ok with a ts that is none": (200, b'{"ok":true,"channel":"C1","ts":null}', JSON),
    "ok in words": (200, b'{"ok":"true","ts":"1.0"}', JSON),
    "a refusal without a reason": (200, b'{"ok":false}', JSON),
    "a refusal with a strange reason": (200, b'{"ok":false,"error":{"code":7}}', JSON),
}
NOT_ABOUT_THE_MESSAGE = [
    *("accesslimited", "team_quota_exceeded", "message_limit_exceeded", "service_unavailable", "org_login_required"),
    *("ekm_access_denied", "access_denied", "unknown_error", "server_error", "fatal_error", "internal_error"),
    *("something_slack_says_next_year", "method_deprecated", "team_added_to_org", ""),
]


@asynccontextmanager
async def served_office(folder: Path, *, sees: bool) -> AsyncIterator[Harness]:
    """An office that is served since yesterday and `sees` its messages, or may not look for them."""
    manifest = build_manifest(with_history=sees)
    async with open_harness(folder, manifest=manifest, paperboy_operator=OPERATOR) as opened:
        for day in (THURSDAY, FRIDAY):
            opened.sources.day(day, papers_of(day))
        await opened.serve()
        yield opened


@pytest.fixture(params=[True, False], ids=["with history", "without history"])
def sees(request: pytest.FixtureRequest) -> bool:
    """Whether the bot may look for its messages."""
    return bool(request.param)


@pytest.fixture
async def harness(tmp_path: Path, sees: bool) -> AsyncIterator[Harness]:
    async with served_office(tmp_path, sees=sees) as opened:
        yield opened


@pytest.fixture
async def seeing_office(tmp_path: Path) -> AsyncIterator[Harness]:
    async with served_office(tmp_path, sees=True) as opened:
        yield opened


@pytest.fixture
async def blind_office(tmp_path: Path) -> AsyncIterator[Harness]:
    async with served_office(tmp_path, sees=False) as opened:
        yield opened


def parts(harness: Harness) -> list[str]:
    """What is in the channel, in Slack's order, as the marks of the messages say."""
    marks = [message.metadata for message in harness.slack.messages(harness.papers.id) if message.metadata]
    return [str(mark["event_payload"]["part"]) for mark in marks]


def notices_sent(harness: Harness) -> list[str]:
    return [read(message) for message in harness.slack.messages(harness.slack.direct_messages(OPERATOR).id)]


def _asked_about_thursday(harness: Harness) -> int:
    return sum(
        call.method == POST and call.arguments.get("channel") == harness.papers.id for call in harness.slack.calls
    )


async def minutes(harness: Harness, *after: float) -> None:
    for each in after:
        await harness.at(MORNING + timedelta(minutes=each))


async def states(harness: Harness) -> dict[str, DeliveryState]:
    stored = await harness.bot.services.store.outbox.deliveries(harness.team, harness.papers.id, EDITION)
    return {each.key.part: each.state for each in stored}


class TestOneAnswerThatIsNotSlacks:
    @pytest.mark.parametrize("answer", NOT_SLACKS_WORD)
    async def test_to_the_header_and_to_a_card_costs_no_message(
        self, harness: Harness, answer: str, sees: bool
    ) -> None:
        status, body, headers = NOT_SLACKS_WORD[answer]
        for nth in (1, 4):
            harness.slack.faults.foreign(POST, nth, status=status, body=body, headers=headers)
        await minutes(harness, 0, 1, 20)
        missing = set(WHOLE) - set(parts(harness))
        # A card that Slack may have taken, and that we may not look for, is left to a person, who is told.
        assert not missing or (not sees and missing == {WHOLE[2]} and len(notices_sent(harness)) == 1)
        assert len(parts(harness)) == len(set(parts(harness)))

    @pytest.mark.parametrize("answer", NOT_SLACKS_WORD)
    async def test_sends_nothing_twice_though_slack_had_taken_it(self, seeing_office: Harness, answer: str) -> None:
        harness, (status, body, headers) = seeing_office, NOT_SLACKS_WORD[answer]
        for nth in (1, 3):
            harness.slack.faults.foreign(POST, nth, status=status, body=body, headers=headers, accepted=True)
        await minutes(harness, 0, 1, 20)
        assert parts(harness) == WHOLE

    @pytest.mark.parametrize("answer", ["403 page of a firewall", "200 page of a captive portal", "503 page", "a list"])
    async def test_to_a_look_settles_nothing(self, seeing_office: Harness, answer: str) -> None:
        harness, (status, body, headers) = seeing_office, NOT_SLACKS_WORD[answer]
        harness.slack.faults.drop_after_accepting(POST, 2)
        harness.slack.faults.foreign(REPLIES, 1, status=status, body=body, headers=headers)
        await minutes(harness, 0, 1, 20)
        assert parts(harness) == WHOLE

    async def test_that_goes_on_for_a_day_delays_the_morning_and_is_not_its_end(self, harness: Harness) -> None:
        harness.slack.faults.foreign("*", 1, status=200, times=10**6)
        await minutes(harness, *range(0, 60 * 12, 60))
        assert parts(harness) == []
        harness.slack.faults.clear()
        await minutes(harness, 60 * 13, 60 * 13 + 40, 60 * 14)
        assert parts(harness) == WHOLE
        assert notices_sent(harness) == []


class TestACodeThatDoesNotSpeakOfTheMessage:
    @pytest.mark.parametrize("code", NOT_ABOUT_THE_MESSAGE)
    async def test_to_the_header_and_to_a_card_costs_no_message(self, harness: Harness, code: str, sees: bool) -> None:
        for nth in (1, 4):
            harness.slack.faults.error(POST, nth, code)
        await minutes(harness, 0, 1, 20)
        missing = set(WHOLE) - set(parts(harness))
        assert not missing or (not sees and missing == {WHOLE[2]} and len(notices_sent(harness)) == 1)
        assert len(parts(harness)) == len(set(parts(harness)))

    async def test_waits_ever_longer_and_goes_out_when_slack_takes_it(self, harness: Harness) -> None:
        harness.slack.faults.error(POST, 1, "team_quota_exceeded", times=10**6)
        await minutes(harness, *range(120))
        asked = sum(call.arguments.get("channel") == harness.papers.id for call in harness.slack.calls)
        assert 5 < asked < 30
        assert set((await states(harness)).values()) == {DeliveryState.PENDING}
        harness.slack.faults.clear()
        await minutes(harness, *range(120, 135))
        assert parts(harness) == WHOLE

    async def test_about_one_message_only_does_not_silence_the_channel(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def send_to_a_slack_that_dislikes_one(client: AsyncWebClient, method: str, arguments: bytes) -> Any:
            if json.loads(arguments).get("metadata", {}).get("event_payload", {}).get("part") == WHOLE[1]:
                harness.slack.faults.error(POST, 1, "something_slack_says_next_year")
            return await send_json(client, method, arguments)

        monkeypatch.setattr(sender, "send_json", send_to_a_slack_that_dislikes_one)
        await minutes(harness, *range(15))
        assert parts(harness) == ["header", *WHOLE[2:]]
        await harness.at(MORNING + timedelta(days=1))
        assert parts(harness)[3:] == ["header", "2408.02001", "2408.02002", "2408.02003"]
        assert (await states(harness))[WHOLE[1]] is DeliveryState.PENDING

    async def test_is_told_when_it_was_tried_and_not_every_minute(
        self, harness: Harness, capsys: pytest.CaptureFixture[str]
    ) -> None:
        harness.slack.faults.error(POST, 1, "something_slack_says_next_year", times=10**6)
        await minutes(harness, *range(60))
        tried = sum(call.arguments.get("channel") == harness.papers.id for call in harness.slack.calls)
        assert 1 <= capsys.readouterr().out.count(f"Slack delays messages          channel={harness.papers.id}") < tried

    async def test_that_nobody_listed_is_asked_after_ever_more_rarely_and_never_given_up(
        self, harness: Harness
    ) -> None:
        """As an answer to every message, for days: the wait is never longer than what has passed already."""
        harness.slack.faults.error(POST, 1, "something_slack_says_next_year", times=10**6)
        await minutes(harness, *range(0, 60 * 10, 5))
        early = _asked_about_thursday(harness)
        await minutes(harness, *range(60 * 10, 60 * 20, 5))
        assert early < 20
        assert 0 < _asked_about_thursday(harness) - early <= 3
        assert set((await states(harness)).values()) == {DeliveryState.PENDING}
        harness.slack.faults.clear()
        await minutes(harness, *range(60 * 20, 60 * 24, 10))
        assert parts(harness) == WHOLE

    async def test_is_tried_again_at_once_by_a_plain_post(self, harness: Harness) -> None:
        harness.slack.faults.error(POST, 1, "accesslimited", times=10**6)
        await minutes(harness, *range(20))
        assert parts(harness) == []
        harness.slack.faults.clear()
        await harness.post(THURSDAY, top=3)
        assert parts(harness) == WHOLE

    @pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive"])
    async def test_about_our_token_ends_the_program_and_no_message(self, harness: Harness, code: str) -> None:
        harness.slack.faults.error(POST, 2, code)
        await minutes(harness, 0)
        assert isinstance(harness.bot.failed.exception(), SlackRefused)
        assert set((await states(harness)).values()) == {DeliveryState.SENT, DeliveryState.PENDING}
        await harness.post(THURSDAY, top=3)
        assert parts(harness) == WHOLE


class TestTheHeaderIsDeletedBeforeItsThreadIsSent:
    async def test_it_comes_once_more_with_all_its_cards(self, harness: Harness) -> None:
        harness.slack.faults.before_request(2, lambda: _delete_header(harness))
        await minutes(harness, 0, 1)
        assert parts(harness) == WHOLE
        assert all(card.thread_ts == harness.header.ts for card in harness.cards)
        assert notices_sent(harness) == []

    async def test_when_it_is_deleted_again_somebody_means_it_and_the_operator_is_told_once(
        self, harness: Harness
    ) -> None:
        harness.slack.faults.before_request(2, lambda: _delete_header(harness))
        harness.slack.faults.before_request(5, lambda: _delete_header(harness))
        await minutes(harness, 0, 1, 2, 20)
        assert parts(harness) == []
        assert len(notices_sent(harness)) == 1
        harness.slack.faults.clear()
        await harness.queue_again(THURSDAY)
        assert parts(harness) == WHOLE


class TestWhatWasSentAgainAndDidNotArriveAgain:
    async def test_is_told_again_and_once(self, seeing_office: Harness) -> None:
        harness = seeing_office
        harness.slack.faults.error(POST, 2, "no_text")
        await minutes(harness, 0, 1)
        assert len(notices_sent(harness)) == 1
        harness.slack.faults.error(POST, 1, "metadata_too_large")
        await minutes(harness, 60)
        await harness.queue_again(THURSDAY)
        await minutes(harness, 61, 62)
        assert ["no_text" in notices_sent(harness)[0], "metadata_too_large" in notices_sent(harness)[1]] == [True, True]
        assert len(notices_sent(harness)) == 2


async def _delete_header(harness: Harness) -> None:
    arguments = {"channel": harness.papers.id, "ts": harness.header.ts}
    await harness.bot.workspace.client.api_call("chat.delete", json=arguments)


class TestAClosedChannel:
    async def test_is_open_again_only_when_something_got_in(self, seeing_office: Harness) -> None:
        """A message in doubt that cannot be looked for there says nothing of the channel."""
        harness = seeing_office
        store = harness.bot.services.store
        harness.slack.faults.drop_after_accepting(POST, 2)
        harness.slack.faults.error(REPLIES, 1, "channel_not_found", times=10**6)
        await minutes(harness, 0, 1, 2, 3)
        await store.channels.close(harness.team, harness.papers.id, reason="not_in_channel", now=harness.clock.now())
        for day in range(1, 6):
            await minutes(harness, 60 * 24 * day)
            states_logged = [
                change.new for change in await store.channels.changes(harness.team, harness.papers.id, limit=9)
            ]
            if WHOLE[2] not in parts(harness):
                assert "active" not in states_logged
        assert parts(harness)[: len(WHOLE)] == WHOLE
        assert (await harness.served()).state is ChannelState.ACTIVE


class TestWhatCannotBeFoundOutStops:
    async def test_a_look_that_slack_never_answers_usefully_ends_and_is_told_once(self, seeing_office: Harness) -> None:
        harness = seeing_office
        harness.slack.faults.drop_after_accepting(POST, 2)
        harness.slack.faults.error(REPLIES, 1, "fatal_error", times=10**6)
        await minutes(harness, *range(0, 60 * 8, 10))
        assert sum(call.method == REPLIES for call in harness.slack.calls) == MOST_LOOKS
        assert (await states(harness))[WHOLE[1]] is DeliveryState.UNKNOWN
        assert parts(harness) == WHOLE
        assert len(notices_sent(harness)) == 1

    @pytest.mark.parametrize("fault", ["foreign", "drop_before_accepting"])
    async def test_meanwhile_it_keeps_no_later_edition_from_coming(self, seeing_office: Harness, fault: str) -> None:
        """Only looking does not work, as behind a proxy that dislikes what it would bring."""
        harness = seeing_office
        harness.slack.faults.drop_after_accepting(POST, 2)
        getattr(harness.slack.faults, fault)(REPLIES, 1, times=10**6)
        await minutes(harness, 0, 1, 60 * 24, 60 * 24 + 1)
        assert parts(harness)[2:] == ["header", "2408.02001", "2408.02002", "2408.02003"]
        assert (await states(harness))[WHOLE[1]] is DeliveryState.IN_DOUBT

    async def test_the_looks_are_counted_over_restarts(self, seeing_office: Harness) -> None:
        harness = seeing_office
        harness.slack.faults.drop_after_accepting(POST, 2)
        harness.slack.faults.error(REPLIES, 1, "fatal_error", times=10**6)
        await minutes(harness, 0)
        for hour in range(MOST_LOOKS + 2):
            harness.clock.advance_to(MORNING + timedelta(hours=hour))
            with suppress(SlackUnreachable):
                await _another(harness).deliver(harness.team, harness.papers.id, EDITION)
        assert sum(call.method == REPLIES for call in harness.slack.calls) == MOST_LOOKS

    async def test_a_look_waits_as_long_as_slack_asks(self, seeing_office: Harness) -> None:
        harness = seeing_office
        harness.slack.faults.drop_after_accepting(POST, 2)
        harness.slack.faults.answer(REPLIES, 1, status=429, retry_after=600, times=10**6)
        await minutes(harness, *range(30))
        assert sum(call.method == REPLIES for call in harness.slack.calls) == 3
        assert (await states(harness))[WHOLE[1]] is DeliveryState.IN_DOUBT
        harness.slack.faults.clear()
        await minutes(harness, 30, 31, 32)
        assert parts(harness) == WHOLE

    async def test_the_days_in_which_nothing_is_heard_of_slack_end_nothing(self, seeing_office: Harness) -> None:
        """A long weekend without a network: Slack is not even asked, so it has not been looked for in vain."""
        harness = seeing_office
        harness.slack.faults.drop_after_accepting(POST, 2)
        harness.slack.faults.drop_before_accepting(REPLIES, 1, times=10**6)
        await minutes(harness, 0)
        harness.slack.faults.drop_before_accepting("*", 1, times=10**6)
        await minutes(harness, *range(60, 60 * 24 * 5, 60 * 24))
        assert (await states(harness))[WHOLE[1]] is DeliveryState.IN_DOUBT
        harness.slack.faults.clear()
        await minutes(harness, 60 * 24 * 5, 60 * 24 * 5 + 1, 60 * 24 * 5 + 2)
        assert parts(harness)[: len(WHOLE)] == WHOLE
        assert notices_sent(harness) == []

    async def test_a_header_that_may_not_be_looked_for_is_sent_again_only_so_often(self, blind_office: Harness) -> None:
        harness = blind_office
        harness.slack.faults.drop_after_accepting(POST, 1, times=10**6)
        await minutes(harness, *range(0, 300, 10))
        assert parts(harness) == ["header"] * (1 + MOST_SENT_UNSEEN)
        assert set((await states(harness)).values()) == {DeliveryState.UNKNOWN}
        assert len(set(notices_sent(harness))) == 1


def _another(harness: Harness) -> OutboxSender:
    client = harness.bot.workspace.client
    store = harness.bot.services.store
    return OutboxSender(
        store.channels,
        store.outbox,
        store.newer_blocks,
        client,
        harness.clock,
        owner="after the restart",
        saving_emoji=frozenset(),
    )
