"""What an emoji on a message means, in each workspace."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.list_emoji import EmojiRole, ListEmoji
from bot.rules.reading_list import POSITION_EMOJI
from bot.text.emoji import without_skin_tone

EMOJI = ListEmoji.of_settings(("bookmark", "raised_hands"))
ONE = ("2407.21017",)
THREE = ("2407.21017", "2407.20743", "hep-th/9901001")
TWELVE = tuple(f"2407.{number:05}" for number in range(1, 13))
SKIN_TONES = st.sampled_from(["", *(f"::skin-tone-{tone}" for tone in range(2, 7))])


def meant_by(emoji: str, shown: tuple[str, ...]) -> str | None:
    """The one paper that an emoji saves."""
    role, papers = EMOJI.meant(emoji, shown)
    return papers[0] if role is EmojiRole.SAVE and papers else None


@pytest.mark.parametrize(
    ("emoji", "shown", "meant"),
    [
        ("bookmark", ONE, "2407.21017"),
        ("raised_hands::skin-tone-3", ONE, "2407.21017"),
        ("tada", ONE, None),
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
    assert meant_by(emoji, shown) == meant


def test_the_numbers_of_a_message_choose_its_papers_in_the_order_shown() -> None:
    assert tuple(meant_by(emoji, TWELVE) for emoji in POSITION_EMOJI) == TWELVE[:10]


@pytest.mark.parametrize("emoji", ["bookmark", "raised_hands::skin-tone-6", *POSITION_EMOJI])
def test_emoji_that_could_save_somewhere_are_worth_keeping(emoji: str) -> None:
    assert EMOJI.may_mean(emoji)


@pytest.mark.parametrize("emoji", ["tada", "", "bookmarks", "eleven", "tada::bookmark", "ten"])
def test_other_emoji_are_none_of_our_business(emoji: str) -> None:
    assert not EMOJI.may_mean(emoji)


@given(emoji=st.text(), tone=SKIN_TONES)
@example(emoji=":", tone="::skin-tone-2")
def test_an_emoji_means_the_same_in_every_skin_tone(emoji: str, tone: str) -> None:
    assert without_skin_tone(emoji + tone) == without_skin_tone(emoji)
    for shown in ((), ONE, THREE):
        assert EMOJI.meant(emoji + tone, shown) == EMOJI.meant(emoji, shown)


@given(emoji=st.text() | st.sampled_from([*EMOJI.saving, *POSITION_EMOJI]), shown=st.lists(st.text(), unique=True))
def test_what_an_emoji_means_is_shown_and_could_save(emoji: str, shown: list[str]) -> None:
    _, meant = EMOJI.meant(emoji, shown)
    assert not meant or (set(meant) <= set(shown) and EMOJI.may_mean(emoji))
