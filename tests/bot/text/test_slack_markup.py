"""The words of a message, whatever markup Slack gives them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.slack_markup import mentions, plain_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@U0000000001> 2407.21017", "2407.21017"),
        ("<@U0000000001|paperboy> 2407.21017 <@W1>", "2407.21017"),
        ("read <https://arxiv.org/abs/2407.21017|2407.21017>", "read https://arxiv.org/abs/2407.21017"),
        ("<https://arxiv.org/abs/2407.21017>", "https://arxiv.org/abs/2407.21017"),
        ("<http://hf.co?a=1&amp;b=2|hf.co>", "http://hf.co?a=1&b=2"),
        ("<mailto:ana@example.org|ana@example.org>", "ana@example.org"),
        ("R&amp;D &lt;3 &amp;lt;", "R&D <3 &lt;"),
        ("in <#C1|papers> and <#C2>", "in #papers and"),
        ("<!date^1722384000^{date_short}|Jul 31> <!here> <!subteam^S1|@readers>", "Jul 31"),
        ("*save* _2407.21017_ ~not~ `this` ```one```", "save 2407.21017 not this one"),
        ("snake_case_name 2*3*4 a_b", "snake_case_name 2*3*4 a_b"),
        ("&gt; what they said\n2407.21017", "what they said 2407.21017"),
        ("  two \n\t lines ", "two lines"),
        ("1 &lt; 2 <", "1 < 2 <"),
        ("", ""),
    ],
)
def test_markup_is_read_as_what_it_stands_for(text: str, words: str) -> None:
    assert plain_words(text) == words


def test_a_mention_is_told_from_a_name_in_words() -> None:
    assert mentions("hey <@U1> look", "U1")
    assert mentions("<@U1|paperboy>", "U1")
    assert not mentions("&lt;@U1&gt; U1 @U1 <#U1>", "U1")
    assert not mentions("<@U12>", "U1")


@given(st.text(alphabet="<>|@#!&;ampltg*_~`U1 \nhttps://한") | st.text())
def test_any_text_has_words_and_no_white_space_around_them(text: str) -> None:
    words = plain_words(text)
    assert words == " ".join(words.split())
    assert len(words) <= len(text)
