"""The Home tab is a view that Slack takes, whatever is in it, and as long as a person reads."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from bot.messages.as_text import as_text
from bot.messages.home import home_tab
from bot.messages.message import Message
from bot.rules.channels import Channel, ChannelSettings, ChannelState
from bot.rules.entry_points import NEEDS, ClosedEntryPoint, closed_entry_points
from bot.rules.home import (
    CHANNELS_SHOWN,
    PAPERS_SHOWN,
    Home,
    HomeChannel,
    HomeChannels,
    HomeState,
    PaperOfDay,
    TopOfDay,
)
from bot.rules.papers import LONGEST_TAKEAWAY, ListedPaper, Paper, Takeaway, TakeawayOrigin
from bot.rules.reading_list import PAGE_SIZE, ReadingState, SavedPaper
from bot.slack_emulator import readable_length, view_problems

DAY = date(2024, 7, 31)
NOW = datetime(2024, 8, 1, 0, 10, tzinfo=UTC)
SETTINGS = ChannelSettings(time(9, 10), "Asia/Seoul", "en", 10)
EVERYTHING_CLOSED = closed_entry_points(frozenset({"nothing"}))
# Long, of wide letters, and nothing but what could be taken for markup.
HOSTILE = (
    "A <!channel> & *B* _C_ ~D~ `E` <@U1|x> https://evil.example/?a=|b " * 40,
    "그림자 속의 논문 " * 200,
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 " * 200,
    "\u202e\u2067" + "מאמר ארוך מאוד " * 100,
    "",
)


def paper(number: int, title: str = "Paper") -> Paper:
    return Paper(
        f"2407.{number:05}",
        title,
        tuple(title[:300] or "Ana Ruiz" for _ in range(12)),
        organization=title,
        keywords=(title,) * 5,
        code_stars=123_456,
    )


def listed(number: int, title: str) -> PaperOfDay:
    takeaway = Takeaway(title[:LONGEST_TAKEAWAY], "en", TakeawayOrigin.FEED) if title else None
    return PaperOfDay(ListedPaper(paper(number, title), votes=123_456, comments=99_999), takeaway)


def home(saves: int, title: str = "Paper", *, channels: int = 2) -> Home:
    longest = replace(
        SETTINGS,
        timezone="America/Argentina/ComodRivadavia",
        language="zh",
        skip_dates=(),
        top=50,
        weekdays=frozenset({2}),
    )
    shown = [
        HomeChannel(Channel("T1", f"C{number:09}", longest, state=state), may_change=True)
        for number, state in enumerate([ChannelState.ACTIVE, ChannelState.CLOSED, ChannelState.NEW] * channels)
    ][:channels]
    entries = [
        SavedPaper(paper(number, title), NOW, state=list(ReadingState)[number % 3])
        for number in range(min(saves, PAGE_SIZE))
    ]
    return Home(
        latest=TopOfDay(
            DAY, "https://huggingface.co/papers/date/2024-07-31", tuple(listed(n, title) for n in range(10)), 5000
        ),
        saved=frozenset({"2407.00001"}),
        entries=tuple(entries),
        page=2 if saves > 2 * PAGE_SIZE else 1,
        total=saves,
        channels=HomeChannels(tuple(shown), 12),
        chosen_language="de",
    )


def view(
    shown: Home, language: str = "en", *, teaches: bool = True, closed: tuple[ClosedEntryPoint, ...] = ()
) -> dict[str, Any]:
    return home_tab(
        home=shown,
        state=HomeState(teaches=teaches),
        language=language,
        now=NOW,
        emoji="bookmark",
        version="0.5.0",
        has_model=True,
        closed=closed,
    )


def read(content: dict[str, Any]) -> str:
    return as_text(Message("", tuple(content["blocks"])), width=1000).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("language", ["en", "ko", "zh"])
@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("saves", [0, 1, 40, 5000])
def test_every_tab_is_valid_and_keeps_to_slacks_limits(saves: int, title: str, language: str) -> None:
    content = view(home(saves, title, channels=CHANNELS_SHOWN), language, closed=EVERYTHING_CLOSED)
    assert view_problems(content, "home") == ()
    assert len(content["blocks"]) <= 100
    assert readable_length(content["blocks"]) <= 10_000
    assert len(json.dumps(content)) <= 250_000


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_tab_with_nothing_in_it_is_valid(language: str) -> None:
    nothing = Home(None, frozenset(), (), 1, 0, channels=None, chosen_language=None)
    assert view_problems(view(nothing, language), "home") == ()


def test_a_title_is_words_and_nothing_else() -> None:
    content = view(home(3, "<!channel> *A* <https://evil.example|click>"))
    assert "<!channel> *A* <https://evil.example|click>" in json.dumps(content, ensure_ascii=False)
    assert "mrkdwn" not in json.dumps(content)


def test_papers_on_the_list_can_be_removed_and_others_saved() -> None:
    latest = read(view(home(0))).partition("Your reading list")[0]
    assert latest.count("[ Save ]") == PAPERS_SHOWN - 1
    assert latest.count("[ Remove ]") == 1


def test_each_entry_of_the_list_tells_its_state() -> None:
    entries = read(view(home(3))).partition("Your reading list")[2]
    assert [state for state in ("To read ·", "Reading ·", "Read ·") if state in entries] == [
        "To read ·",
        "Reading ·",
        "Read ·",
    ]


def test_what_can_be_asked_is_told_of_open_entry_points_alone() -> None:
    text = read(view(home(0), closed=closed_entry_points(frozenset({"commands", "chat:write"}))))
    offered, _, closed = text.partition("Not available in this workspace")
    assert "/paper 2407.00000" in offered
    assert "@Paperboy" not in offered
    assert "Replies to mentions: missing scope app_mentions:read" in closed
    assert "Replies to direct messages: missing scope im:history" in closed
    assert "To save a paper, select Save." in offered
    assert "react" not in offered
    everything = frozenset().union(*(needs.scopes for needs in NEEDS.values()))
    text = read(view(home(0), closed=closed_entry_points(everything)))
    assert "Not available" not in text
    for words in ("@Paperboy 2407.00000", "Messages tab", "https://arxiv.org/abs/2407.00000", "Look up papers"):
        assert words in text


def test_what_only_the_operator_relies_on_is_not_told_to_everybody() -> None:
    everything = frozenset().union(*(needs.scopes for needs in NEEDS.values()))
    closed = closed_entry_points(everything - {"channels:history", "groups:history", "emoji:read"})
    assert closed
    assert "Not available" not in read(view(home(0), closed=closed))


def test_the_same_content_has_the_same_mark_and_other_content_another() -> None:
    first, again, other = view(home(1)), view(home(1)), view(home(2))
    assert first["private_metadata"] == again["private_metadata"] != other["private_metadata"]


def test_the_language_that_was_chosen_is_the_one_shown() -> None:
    menu = next(block["accessory"] for block in view(home(0))["blocks"] if "accessory" in block)
    assert menu["initial_option"]["value"] == "de"
    follows = replace(home(0), chosen_language=None)
    menu = next(block["accessory"] for block in view(follows)["blocks"] if "accessory" in block)
    assert menu["initial_option"]["value"] == "auto"
