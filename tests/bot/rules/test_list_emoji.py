"""What an emoji on a message means, in each workspace."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.list_emoji import EmojiProblem, EmojiRole, ListEmoji
from bot.rules.reading_list import POSITION_EMOJI
from bot.text.emoji import same_emoji, without_skin_tone
from tests.hostile_texts import MARKUP, UNICODE

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


# the three roles ------------------------------------------------------------------------------------------------------

EYES, CHECK = (EmojiRole.READING, ONE), (EmojiRole.DONE, ONE)
NOTHING: tuple[None, tuple[str, ...]] = (None, ())


@pytest.mark.parametrize(
    ("emoji", "shown", "means"),
    [
        ("eyes", ONE, EYES),
        ("white_check_mark", ONE, CHECK),
        ("eyes", THREE, NOTHING),
        ("white_check_mark", THREE, NOTHING),
        ("eyes", (), NOTHING),
        ("heavy_check_mark", ONE, NOTHING),
    ],
)
def test_eyes_and_check_mean_the_paper_of_a_message_of_one(
    emoji: str, shown: tuple[str, ...], means: tuple[EmojiRole | None, tuple[str, ...]]
) -> None:
    assert EMOJI.meant(emoji, shown) == means


def test_in_a_message_of_linked_papers_the_saving_emoji_mean_all_and_the_others_none_of_several() -> None:
    assert EMOJI.meant("bookmark", THREE, are_linked=True) == (EmojiRole.SAVE, THREE)
    assert EMOJI.meant("eyes", THREE, are_linked=True) == NOTHING
    assert EMOJI.meant("eyes", ONE, are_linked=True) == EYES


def test_an_emoji_of_the_settings_has_no_second_role() -> None:
    emoji = ListEmoji.of_settings(("eyes", "star"))
    assert emoji == ListEmoji(("eyes", "star"), (), ("white_check_mark",))
    assert emoji.role("eyes") is EmojiRole.SAVE


# chosen by a workspace ------------------------------------------------------------------------------------------------


def choice(save: str = "bookmark", reading: str = "", done: str = "") -> dict[EmojiRole, str]:
    return {EmojiRole.SAVE: save, EmojiRole.READING: reading, EmojiRole.DONE: done}


@pytest.mark.parametrize(
    ("typed", "emoji"),
    [
        (choice(":bookmark: star", "👀", "✅"), ListEmoji(("bookmark", "star"), ("eyes",), ("white_check_mark",))),
        (choice("🔖,:Star:", ":eyes::book:"), ListEmoji(("bookmark", "star"), ("eyes", "book"), ())),
        (choice("👍🏽 :thumbsup: :+1::skin-tone-3:"), ListEmoji(("+1",), (), ())),
        (choice("Our-Parrot"), ListEmoji(("our-parrot",), (), ())),
    ],
)
def test_names_aliases_characters_and_skin_tones_are_one_emoji(typed: dict[EmojiRole, str], emoji: ListEmoji) -> None:
    assert ListEmoji.read(typed) == emoji


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        (choice(" "), {EmojiRole.SAVE: EmojiProblem.NONE_TO_SAVE}),
        (choice("bookmark", "🔖"), {EmojiRole.READING: EmojiProblem.IN_TWO_ROLES}),
        (choice("+1", "eyes", "thumbsup::skin-tone-2"), {EmojiRole.DONE: EmojiProblem.IN_TWO_ROLES}),
        (choice("1️⃣"), {EmojiRole.SAVE: EmojiProblem.NUMBER}),
        (choice("bookmark", "<!channel>"), {EmojiRole.READING: EmojiProblem.UNREADABLE}),
        (choice(" ".join(f"own-{number}" for number in range(11))), {EmojiRole.SAVE: EmojiProblem.TOO_MANY}),
        ({}, {EmojiRole.SAVE: EmojiProblem.NONE_TO_SAVE}),
    ],
)
def test_what_cannot_be_is_told_by_its_role(
    typed: dict[EmojiRole, str], problems: dict[EmojiRole, EmojiProblem]
) -> None:
    assert ListEmoji.read(typed) == problems


WORDS = st.text() | st.sampled_from([*MARKUP, *UNICODE, ":eyes:", "👀", "🔖 ⭐", ":a::b:", "eyes"])


@given(save=WORDS, reading=WORDS, done=WORDS)
def test_whatever_is_typed_no_emoji_has_two_roles(save: str, reading: str, done: str) -> None:
    emoji = ListEmoji.read(choice(save, reading, done))
    if isinstance(emoji, ListEmoji):
        names = [same_emoji(name) for name in (*emoji.saving, *emoji.reading, *emoji.done)]
        assert emoji.saving
        assert len(set(names)) == len(names)
        assert ListEmoji.read(choice(*(" ".join(role) for role in (emoji.saving, emoji.reading, emoji.done)))) == emoji
