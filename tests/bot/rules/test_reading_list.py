"""What an emoji on a message means, and which of two words on it is the later."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.reading_list import (
    POSITION_EMOJI,
    OfferedPapers,
    Reaction,
    ReactionsSeen,
    is_later,
    may_save,
    missed_reactions,
    paper_meant,
    papers_to_change,
)
from bot.text.emoji import without_skin_tone

SAVING = frozenset({"bookmark", "raised_hands"})
ONE = ("2407.21017",)
THREE = ("2407.21017", "2407.20743", "hep-th/9901001")
TWELVE = tuple(f"2407.{number:05}" for number in range(1, 13))
SKIN_TONES = st.sampled_from(["", *(f"::skin-tone-{tone}" for tone in range(2, 7))])
SECONDS = st.integers(0, 4_000_000_000)
MICROS = st.integers(0, 999_999)


@pytest.mark.parametrize(
    ("emoji", "shown", "meant"),
    [
        ("bookmark", ONE, "2407.21017"),
        ("raised_hands::skin-tone-3", ONE, "2407.21017"),
        ("eyes", ONE, None),
        ("one", ONE, None),
        ("bookmark", THREE, None),
        ("one", THREE, "2407.21017"),
        ("three", THREE, "hep-th/9901001"),
        ("four", THREE, None),
        ("keycap_ten", THREE, None),
        ("keycap_ten", TWELVE, "2407.00010"),
        ("eyes", THREE, None),
        ("bookmark", (), None),
        ("one", (), None),
        ("", ONE, None),
        ("::skin-tone-2", ONE, None),
        ("BOOKMARK", ONE, None),
    ],
)
def test_a_saving_emoji_means_the_only_paper_and_a_number_one_of_several(
    emoji: str, shown: tuple[str, ...], meant: str | None
) -> None:
    assert paper_meant(emoji, shown, SAVING) == meant


def test_the_numbers_of_a_message_choose_its_papers_in_the_order_shown() -> None:
    assert tuple(paper_meant(emoji, TWELVE, SAVING) for emoji in POSITION_EMOJI) == TWELVE[:10]


@pytest.mark.parametrize("emoji", ["bookmark", "raised_hands::skin-tone-6", *POSITION_EMOJI])
def test_emoji_that_could_save_somewhere_are_worth_keeping(emoji: str) -> None:
    assert may_save(emoji, SAVING)


@pytest.mark.parametrize("emoji", ["eyes", "", "bookmarks", "eleven", "eyes::bookmark", "ten"])
def test_other_emoji_are_none_of_our_business(emoji: str) -> None:
    assert not may_save(emoji, SAVING)


@given(emoji=st.text(), tone=SKIN_TONES)
@example(emoji=":", tone="::skin-tone-2")
def test_an_emoji_means_the_same_in_every_skin_tone(emoji: str, tone: str) -> None:
    assert without_skin_tone(emoji + tone) == without_skin_tone(emoji)
    for shown in ((), ONE, THREE):
        assert paper_meant(emoji + tone, shown, SAVING) == paper_meant(emoji, shown, SAVING)


@given(emoji=st.text() | st.sampled_from([*SAVING, *POSITION_EMOJI]), shown=st.lists(st.text(), unique=True))
def test_what_an_emoji_means_is_shown_and_could_save(emoji: str, shown: list[str]) -> None:
    meant = paper_meant(emoji, shown, SAVING)
    assert meant is None or (meant in shown and may_save(emoji, SAVING))


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
    for reaction in missed_reactions(words, seen, SAVING):
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
    assert [reaction.emoji for reaction in missed_reactions(known, seen, SAVING)] == ["one"]


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
