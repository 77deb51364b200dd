"""Slack's texts, as pieces: what is markup, what is only words, and that nobody's words become markup."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.play.rendering import Piece, Viewer, decoded, markdown, mrkdwn, plain, rich, safe_url, text_of

ANA = Viewer("U1", ZoneInfo("Asia/Seoul"), {"U1": "Ana"}, {"C1": "papers"})
WORDS = st.text(st.sampled_from("*_~`<>|&;:@#!^ \n> abAB가.(){}/\\'\"-") | st.characters(codec="utf-8"), max_size=200)


def flat(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text + flat(piece.inside) for piece in pieces)


def kinds(pieces: tuple[Piece, ...]) -> set[str]:
    return {piece.kind for piece in pieces}.union(*(kinds(piece.inside) for piece in pieces))


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("*bold*", "bold", "bold"),
        ("_italic_", "italic", "italic"),
        ("~gone~", "strike", "gone"),
        ("`a*b*c`", "code", "a*b*c"),
        ("```one\ntwo```", "preformatted", "one\ntwo"),
        ("&gt; quoted\n&gt; twice", "quote", "quoted\ntwice"),
        ("> quoted", "quote", "quoted"),
        ("<@U1>", "mention", "@Ana"),
        ("<@U9|nobody>", "mention", "@nobody"),
        ("<#C1>", "mention", "#papers"),
        ("<!here>", "mention", "@here"),
        ("<!subteam^S1|@team>", "mention", "@team"),
        (":bookmark:", "emoji", "🔖"),
    ],
)
def test_markup_is_shown_as_slack_shows_it(text: str, kind: str, words: str) -> None:
    (piece,) = mrkdwn(text, ANA)
    assert (piece.kind, flat((piece,))) == (kind, words)


@pytest.mark.parametrize(
    "text", ["2*3*4", "* not bold *", "snake_case_name", "a ~ b ~ c", ":no_such_emoji:", "12:30:45", "*", "``"]
)
def test_what_only_looks_like_markup_stays_as_it_is(text: str) -> None:
    assert flat(mrkdwn(text, ANA)) == text
    assert kinds(mrkdwn(text, ANA)) == {"text"}


def test_styles_stand_within_each_other() -> None:
    assert mrkdwn("*_both_*", ANA) == (Piece("bold", inside=(Piece("italic", inside=(Piece("text", "both"),)),)),)


@pytest.mark.parametrize(
    ("text", "url", "label"),
    [
        ("<https://arxiv.org/abs/1|A &lt;b&gt; &amp; c>", "https://arxiv.org/abs/1", "A <b> & c"),
        ("<https://a.org/?x=1&amp;y=2>", "https://a.org/?x=1&y=2", "https://a.org/?x=1&y=2"),
        ("https://a.org/b", "https://a.org/b", "https://a.org/b"),
        ("<mailto:a@b.org|mail>", "mailto:a@b.org", "mail"),
        ("<!date^0^{date_num}^https://a.org|then>", "https://a.org", "1970-01-01"),
    ],
)
def test_links_lead_where_they_say(text: str, url: str, label: str) -> None:
    (piece,) = mrkdwn(text, ANA)
    assert (piece.kind, piece.url, flat((piece,))) == ("link", url, label)


def test_a_full_stop_after_an_address_is_not_part_of_it() -> None:
    assert [piece.url for piece in mrkdwn("See https://a.org/b.", ANA)] == ["", "https://a.org/b", ""]


def test_a_bare_address_in_verbatim_text_is_only_words() -> None:
    assert kinds(mrkdwn("https://a.org", ANA, verbatim=True)) == {"text"}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//a.org", "http://["]
)
def test_an_address_that_must_not_be_followed_becomes_its_words(url: str) -> None:
    assert safe_url(url) == ""
    assert "link" not in kinds(mrkdwn(f"<{url}|press>", ANA))
    assert kinds(rich([{"type": "link", "url": url, "text": "press"}], ANA)) == {"text"}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//a.org", "file:///etc/passwd"])
def test_nor_does_markdown_follow_it(url: str) -> None:
    assert "href" not in markdown(f"[press]({url})")
    assert 'href="https://a.org" target="_blank"' in markdown("[press](https://a.org)")


def test_dates_are_told_in_the_viewers_own_zone() -> None:
    assert (
        flat(mrkdwn("<!date^1722471000^Posted {date_short} at {time}|long ago>", ANA))
        == "Posted Aug 1, 2024 at 9:10 AM"
    )


def test_only_three_entities_are_decoded() -> None:
    assert decoded("&amp;lt; &lt;b&gt; &quot; &#39;") == "&lt; <b> &quot; &#39;"


def test_rich_text_is_taken_as_it_stands() -> None:
    (piece,) = rich([{"type": "text", "text": "*a* &amp; <b>", "style": {"bold": True}}], ANA)
    assert (piece.kind, flat((piece,))) == ("bold", "*a* &amp; <b>")


@pytest.mark.parametrize(
    ("element", "words"),
    [
        ({"type": "user", "user_id": "U1"}, "@Ana"),
        ({"type": "channel", "channel_id": "C1"}, "#papers"),
        ({"type": "broadcast", "range": "here"}, "@here"),
        ({"type": "emoji", "name": "one"}, "1\ufe0f\u20e3"),
        ({"type": "usergroup", "usergroup_id": "S1"}, "@S1"),
        ({"type": "color", "value": "#fff"}, "#fff"),
        ({"type": "date", "timestamp": 0, "format": "{date_num}", "fallback": "x"}, "1970-01-01"),
        ({"type": "hologram", "fallback": "a whale"}, "a whale"),
        ({"type": "hologram"}, "[hologram]"),
    ],
)
def test_every_element_of_rich_text_says_something(element: dict[str, object], words: str) -> None:
    assert flat(rich([element], ANA)) == words


def test_a_text_object_is_read_by_its_kind() -> None:
    assert flat(text_of({"type": "plain_text", "text": "*a* :one:", "emoji": False}, ANA)) == "*a* :one:"
    assert kinds(text_of({"type": "mrkdwn", "text": "*a*"}, ANA)) == {"bold", "text"}


@given(WORDS)
def test_any_text_can_be_shown_and_loses_no_letter(text: str) -> None:
    shown = flat(mrkdwn(text, ANA))
    letters = [each for each in text if each.isalpha()]
    if not set(text) & set("<&:"):
        assert [each for each in shown if each.isalpha()] == letters


@given(WORDS)
def test_plain_text_is_only_ever_words_and_emoji(text: str) -> None:
    assert kinds(plain(text)) <= {"text", "emoji"}


@given(WORDS)
def test_links_are_only_ever_ones_that_may_be_followed(text: str) -> None:
    def urls(pieces: tuple[Piece, ...]) -> list[str]:
        return [url for piece in pieces for url in ([piece.url] if piece.url else []) + urls(piece.inside)]

    assert all(safe_url(url) for url in urls(mrkdwn(text, ANA)))


@given(WORDS)
def test_markdown_lets_no_html_through(text: str) -> None:
    assert "<script" not in markdown(f"<script>{text}</script>")
    assert "<img" not in markdown(f"![{text}](https://a.org/b.png) <img src=x>")
