"""What is sealed opens for the workspace it was sealed for, with its key, as it is, and for nothing and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import TokensSealed
from bot.rules.installations import Credentials
from bot.token_encryption import TokenEncryption
from tests.many_workspaces import KEY, OTHER_KEY

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WITH_KEY = TokenEncryption([KEY])
HELD = Credentials("xoxb-1", "xoxe-1")
SEALED = WITH_KEY.seal("T1", HELD)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "?",
        "\ud800",
        "ünreadable",
        SEALED[:-1],
        SEALED[: len(SEALED) // 2],
        SEALED + "A",
        SEALED[:30] + ("A" if SEALED[30] != "A" else "B") + SEALED[31:],
        TokenEncryption([OTHER_KEY]).seal("T1", HELD),
        WITH_KEY.seal("T2", HELD),
        WITH_KEY.stamp(NOW),
    ],
    ids=["empty", "short", "no text", "letters", "less", "half", "more", "changed", "other key", "moved", "a stamp"],
)
def test_what_was_cut_short_changed_moved_or_sealed_with_another_key_does_not_open(stored: str) -> None:
    with pytest.raises(TokensSealed) as error:
        WITH_KEY.open("T1", stored)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None


def test_credentials_are_no_stamp_and_a_stamp_is_one_for_a_time() -> None:
    stamp = WITH_KEY.stamp(NOW)
    assert WITH_KEY.is_stamp(stamp, NOW + timedelta(seconds=9), seconds=10)
    assert TokenEncryption([OTHER_KEY, KEY]).is_stamp(stamp, NOW, seconds=10)
    assert not WITH_KEY.is_stamp(stamp, NOW + timedelta(seconds=11), seconds=10)
    now = datetime.now(UTC)
    for text in (
        WITH_KEY.seal("T1", HELD),
        "\ud800",
        "",
        stamp[:-2],
        f"{stamp}A",
        f"{stamp}==",
        f"{stamp}\n",
        TokenEncryption([OTHER_KEY]).stamp(now),
    ):
        assert not WITH_KEY.is_stamp(text, now, seconds=10)


def test_what_was_sealed_is_not_shown() -> None:
    assert WITH_KEY.open("T1", SEALED) == HELD
    assert "xox" not in f"{HELD!r}{WITH_KEY!r}{SEALED}"
