"""Which of two words on an emoji is the later, and which were missed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.list_emoji import ListEmoji
from bot.rules.reading_list import (
    OfferedPapers,
    Reaction,
    ReactionsSeen,
    is_later,
    missed_reactions,
    papers_to_change,
)

MAY_MEAN = ListEmoji.of_settings(("bookmark", "raised_hands")).may_mean
ONE = ("2407.21017",)
THREE = ("2407.21017", "2407.20743", "hep-th/9901001")
TWELVE = tuple(f"2407.{number:05}" for number in range(1, 13))
SKIN_TONES = st.sampled_from(["", *(f"::skin-tone-{tone}" for tone in range(2, 7))])
SECONDS = st.integers(0, 4_000_000_000)
MICROS = st.integers(0, 999_999)


@pytest.mark.parametrize(
    ("event_ts", "than", "later"),
    [
        ("1722384000.000200", None, True),
        ("1722384000.000200", "1722384000.000100", True),
        ("1722384000.000100", "1722384000.000200", False),
        ("1722384000.000200", "1722384000.000200", False),
        ("1722384000.9", "1722384000.10", True),
        ("1722384000.10", "1722384000.9", False),
        ("1722384000.1", "1722384000.100000", False),
        ("1722384000", "1722384000.000000", False),
        ("1722384000.000001", "1722384000", True),
        ("10000000000.000000", "9999999999.999999", True),
        # One microsecond, where a float of these seconds would still tell, and where it would not.
        ("1722384000.123457", "1722384000.123456", True),
        ("99999999999.000002", "99999999999.000001", True),
    ],
)
def test_event_times_are_compared_as_exact_numbers(event_ts: str, than: str | None, later: bool) -> None:
    assert is_later(event_ts, than) is later


@given(SECONDS, MICROS, SECONDS, MICROS)
def test_of_two_times_the_greater_number_is_later(
    seconds: int, micros: int, other_seconds: int, other_micros: int
) -> None:
    one, other = f"{seconds}.{micros:06}", f"{other_seconds}.{other_micros:06}"
    assert is_later(one, other) is (Fraction(one) > Fraction(other))


WHO = st.tuples(st.sampled_from(["UANA", "UJIMIN"]), st.sampled_from(["bookmark", "bookmark::skin-tone-3", "two"]))


@given(known=st.dictionaries(WHO, st.tuples(st.booleans(), st.integers(1, 9))), standing=st.frozensets(WHO))
def test_what_was_missed_turns_what_is_known_into_what_was_seen(
    known: dict[tuple[str, str], tuple[bool, int]], standing: frozenset[tuple[str, str]]
) -> None:
    """Whatever is known and whatever stands: afterwards they agree, but for words later than the look."""
    where = ("T1", "C1", "100.000100")
    words = [Reaction(*where, *who, added=added, event_ts=f"{at}.0") for who, (added, at) in known.items()]
    seen = ReactionsSeen(*where, standing | {("UANA", "tada")}, frozenset(), as_of="5.0")
    after = {who: added for who, (added, _) in known.items()}
    for reaction in missed_reactions(words, seen, MAY_MEAN):
        who = (reaction.user, reaction.emoji)
        assert (reaction.event_ts, reaction.added) == ("5.0", not after.get(who, False))
        after[who] = reaction.added
    later = {who: added for who, (added, at) in known.items() if at > 5}
    for who in {*known, *standing}:
        assert after.get(who, False) == later.get(who, who in standing)
    assert ("UANA", "tada") not in after


def test_of_an_emoji_cut_short_nobody_is_missing() -> None:
    known = [Reaction("T1", "C1", "100.1", "UANA", emoji, added=True, event_ts="1.0") for emoji in ("bookmark", "one")]
    seen = ReactionsSeen("T1", "C1", "100.1", frozenset(), frozenset({"bookmark"}), as_of="5.0")
    assert [reaction.emoji for reaction in missed_reactions(known, seen, MAY_MEAN)] == ["one"]


class TestPapersOffered:
    @given(
        ids=st.lists(
            st.from_regex(r"2[0-9](0[1-9]|1[0-2])\.[0-9]{5}|hep-th/[0-9]{2}(0[1-9]|1[0-2])[0-9]{3}", fullmatch=True),
            unique=True,
            max_size=30,
        ),
        first=st.integers(1, 999),
    )
    def test_by_a_button_are_those_its_message_named(self, ids: list[str], first: int) -> None:
        offered = OfferedPapers(tuple(ids), first)
        assert OfferedPapers.parse(str(offered)) == offered

    @given(text=st.text())
    def test_are_read_from_any_text(self, text: str) -> None:
        assert OfferedPapers.parse(text).first >= 0

    def test_are_saved_when_ticked_and_removed_when_unticked_by_hand(self) -> None:
        changes = papers_to_change(["a", "b", "c", "d"], saved_before={"b", "c"}, ticked={"a", "b", "stranger"})
        assert changes == (["a", "b"], ["c"])
