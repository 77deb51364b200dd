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
    ListShown,
    PaperOfDay,
    TopOfDay,
)
from bot.rules.list_emoji import ListEmoji
from bot.rules.list_filter import LONGEST_WORDS, WHOLE_LIST, ListFilter, ListOrder
from bot.rules.list_texts import LONGEST_TAG
from bot.rules.paper_news import NewsKind, PaperNews
from bot.rules.papers import LONGEST_TAKEAWAY, ListedPaper, Paper, Takeaway, TakeawayOrigin
from bot.rules.reading_list import PAGE_SIZE, ReadingState, SavedPaper, SaveKind, SaveOrigin
from bot.slack_emulator import readable_length, view_problems

DAY = date(2024, 7, 31)
NOW = datetime(2024, 8, 1, 0, 10, tzinfo=UTC)
SETTINGS = ChannelSettings(time(9, 10), "Asia/Seoul", "en", 10)
NEWS = (
    PaperNews(NewsKind.WITHDRAWN, NOW),
    PaperNews(NewsKind.NEW_VERSION, NOW, version=99),
    PaperNews(NewsKind.CODE, NOW, code_url="https://github.com/" + "a" * 2000),
)
SAVED_IN = "C0SAVEDHERE"
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


def home(saves: int, title: str = "Paper", *, channels: int = 2, sought: ListFilter = WHOLE_LIST) -> Home:
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
    tags = tuple((title or "tag")[number : LONGEST_TAG + number] for number in range(30))
    entries = [
        SavedPaper(
            paper(number, title),
            NOW,
            state=list(ReadingState)[number % 4],
            note=title,
            tags=tags,
            votes=123_456,
            origin=SaveOrigin(SaveKind.REACTION, SAVED_IN, "1722470400.000100"),
            news=NEWS,
        )
        for number in range(min(saves, PAGE_SIZE))
    ]
    return Home(
        latest=TopOfDay(
            DAY, "https://huggingface.co/papers/date/2024-07-31", tuple(listed(n, title) for n in range(10)), 5000
        ),
        saved=frozenset({"2407.00001"}),
        list=ListShown(
            sought,
            tuple(entries),
            2 if saves > 2 * PAGE_SIZE else 1,
            saves,
            {state: saves // 4 + (state is ReadingState.TO_READ) * (saves % 4) for state in ReadingState},
            tuple((tag, 1234) for tag in tags) if saves else (),
            paper(99, title) if saves == 40 else None,
        ),
        channels=HomeChannels(tuple(shown), 12),
        chosen_language="de",
    )


def view(
    shown: Home, language: str = "en", *, teaches: bool = True, closed: tuple[ClosedEntryPoint, ...] = ()
) -> dict[str, Any]:
    return home_tab(
        home=shown,
        state=HomeState(teaches=teaches, filter=shown.list.filter),
        language=language,
        now=NOW,
        emoji=ListEmoji(("bookmark",)),
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
    sought = ListFilter(
        frozenset({ReadingState.DONE}), title[:LONGEST_TAG] or None, title[:LONGEST_WORDS], ListOrder.OLDEST_UNREAD
    )
    content = view(home(saves, title, channels=CHANNELS_SHOWN, sought=sought), language, closed=EVERYTHING_CLOSED)
    assert view_problems(content, "home") == ()
    assert len(content["blocks"]) <= 100
    assert readable_length(content["blocks"]) <= 10_000
    assert len(json.dumps(content)) <= 250_000


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_tab_with_nothing_in_it_is_valid(language: str) -> None:
    nothing = Home(None, frozenset(), ListShown(), channels=None, chosen_language=None)
    assert view_problems(view(nothing, language), "home") == ()


def test_a_title_is_words_and_nothing_else() -> None:
    content = view(home(3, "<!channel> *A* <https://evil.example|click>"))
    assert "<!channel> *A* <https://evil.example|click>" in json.dumps(content, ensure_ascii=False)
    assert "mrkdwn" not in json.dumps(content)


def test_papers_on_the_list_can_be_removed_and_others_saved() -> None:
    latest = read(view(home(0))).partition("Top papers")[2]
    assert latest.count("[ Save ]") == PAPERS_SHOWN - 1
    assert latest.count("[ Remove ]") == 1


def menus(content: dict[str, Any], action: str) -> list[dict[str, Any]]:
    """The menus of this name."""
    return [
        element
        for block in content["blocks"]
        for element in block.get("elements", ())
        if element.get("action_id") == action
    ]


def test_each_entry_of_the_list_tells_its_state_and_offers_the_others() -> None:
    entries = menus(view(home(4)), "home_state")
    assert [menu["initial_option"]["text"]["text"] for menu in entries] == ["To read", "Reading", "Read", "Archived"]
    assert [option["value"] for option in entries[1]["options"]] == [
        "to_read 2407.00001",
        "reading 2407.00001",
        "done 2407.00001",
        "archived 2407.00001",
    ]


def test_an_entry_tells_where_it_was_saved_and_what_its_reader_wrote() -> None:
    (entry,) = (block for block in view(home(1, "A paper"))["blocks"] if SAVED_IN in str(block))
    assert read({"blocks": [entry]}).splitlines() == [
        "A paper <https://arxiv.org/abs/2407.00000>",
        "withdrawn <https://arxiv.org/abs/2407.00000> · new version v99 <https://arxiv.org/abs/2407.00000v99> · "
        "A paper and 11 more · ▲ 123,456 · saved Aug 1, 2024 · #C0SAVEDHERE",
        "A paper paper paper aper",
        "A paper",
    ]


@pytest.mark.parametrize(
    ("code_url", "leads_to"),
    [("https://github.com/a/b", "https://github.com/a/b"), ("javascript:alert(1)", "https://arxiv.org/abs/2407.00000")],
)
def test_news_of_code_leads_to_it(code_url: str, leads_to: str) -> None:
    entry = replace(home(1).list.entries[0], news=(PaperNews(NewsKind.CODE, NOW, code_url=code_url),))
    shown = replace(home(1), list=replace(home(1).list, entries=(entry,)))
    assert f"code now available <{leads_to}> · Paper" in read(view(shown))


def test_a_direct_message_is_no_place_to_name() -> None:
    entry = SavedPaper(paper(1), NOW, origin=SaveOrigin(SaveKind.CLICK, "D000000001", "1.0"))
    shown = replace(home(1), list=ListShown(entries=(entry,), total=1, by_state={ReadingState.TO_READ: 1}))
    assert "D000000001" not in str(view(shown))


def test_the_filter_that_is_used_is_the_one_shown() -> None:
    sought = ListFilter(frozenset({ReadingState.DONE}), "rare", "diffusion", ListOrder.VOTES)
    content = view(home(40, sought=sought))
    chosen = {
        action: menus(content, action)[0]["initial_option"]["value"]
        for action in ("home_state_filter", "home_tag_filter", "home_order")
    }
    assert chosen == {"home_state_filter": "done", "home_tag_filter": "rare", "home_order": "votes"}
    assert "Found 40 papers with “diffusion” on your reading list." in read(content)
    assert "[ Show all ]" in read(content)


def test_papers_of_the_day_make_room_for_a_list() -> None:
    def of_day(saves: int) -> int:
        return read(view(home(saves))).partition("Top papers")[2].count("▲")

    assert [of_day(saves) for saves in (0, 1, 40)] == [10, 10, 5]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_texts_of_ordinary_length_leave_nothing_out(language: str) -> None:
    title = "Adapting Safe-for-Work Classifier for Malaysian Language Text: Enhancing Alignment"
    text = read(view(home(40, title, channels=3), language))
    assert text.count("▲") == 15
    assert "/paper 2407.00000" in text


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
    menu = language_menu(view(home(0)))
    assert menu["initial_option"]["value"] == "de"
    follows = replace(home(0), chosen_language=None)
    menu = language_menu(view(follows))
    assert menu["initial_option"]["value"] == "auto"


def language_menu(content: dict[str, Any]) -> dict[str, Any]:
    return next(
        block["accessory"]
        for block in content["blocks"]
        if block.get("accessory", {}).get("action_id") == "home_language"
    )
