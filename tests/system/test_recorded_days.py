"""Every recorded day of Hugging Face, posted for real: each top paper once, in order, as Slack would accept it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from bot.editions.daily import PostedDay
from bot.slack_emulator.blocks import message_problems
from tests.harness import open_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Harness

TOP = 10
POST = "chat.postMessage"


def days(recorded: Path) -> list[date]:
    return sorted(date.fromisoformat(path.stem) for path in (recorded / "hf").glob("*.json"))


async def test_every_recorded_day_is_posted_in_order_and_once(recorded: Path, tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        for day in days(recorded):
            raw = (recorded / "hf" / f"{day.isoformat()}.json").read_text(encoding="utf-8")
            expected = _best_by_hand(json.loads(raw))
            # A channel for each, which has had nothing yet.
            channel = harness.slack.add_channel(f"on-{day}", members=[harness.ana.id], with_bot=True)
            here = replace(harness, papers=channel)
            harness.sources.day(day, raw)
            harness.clock.advance_to(_morning_after(day))
            outcome = await here.post(day, top=TOP)
            assert isinstance(outcome, PostedDay), day
            assert [card.metadata["event_payload"]["part"] for card in here.cards if card.metadata] == expected, day
            assert outcome.report.planned == outcome.report.sent == 1 + len(expected), day
            sent_here = [sent for sent in _payloads(harness) if sent["channel"] == channel.id]
            assert len(sent_here) == 1 + len(expected), day
            for sent in sent_here:
                assert message_problems(sent["blocks"]) == (), day
                assert _characters(sent["blocks"]) <= 10_000, day
                assert sent["text"], day
            again = await here.post(day, top=TOP)
            assert isinstance(again, PostedDay)
            assert again.report.sent_now == 0, day


async def test_the_days_in_a_row_never_bring_a_channel_the_same_paper_twice(recorded: Path, tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        for day in days(recorded):
            harness.sources.day(day, (recorded / "hf" / f"{day.isoformat()}.json").read_text(encoding="utf-8"))
            harness.clock.advance_to(_morning_after(day))
            await harness.post(day, top=TOP, language="ko")
        cards = [sent["metadata"]["event_payload"]["part"] for sent in _payloads(harness)]
        papers = [part for part in cards if part != "header"]
        assert len(papers) == len(set(papers))
        assert len(cards) - len(papers) == len(days(recorded))


def _morning_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(9, 10), UTC)


def _best_by_hand(items: list[Any]) -> list[str]:
    """The ranking rule, written once more and differently."""
    for item in items:
        paper = item["paper"]
        item["submitted"] = paper.get("submittedOnDailyAt") or item["publishedAt"]
    items.sort(key=lambda item: item["paper"]["id"])
    items.sort(key=lambda item: item["submitted"])
    items.sort(key=lambda item: item.get("numComments", 0), reverse=True)
    items.sort(key=lambda item: item["paper"]["upvotes"], reverse=True)
    return [item["paper"]["id"] for item in items[:TOP]]


def _payloads(harness: Harness) -> list[dict[str, Any]]:
    return [call.arguments for call in harness.slack.calls if call.method == POST]


def _characters(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_characters(item) for key, item in value.items() if key not in {"type", "style"})
    if isinstance(value, list):
        return sum(_characters(item) for item in value)
    return len(value) if isinstance(value, str) else 0
