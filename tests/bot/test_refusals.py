"""Every answer of Slack's has its remedy."""

from __future__ import annotations

import pytest

from bot.refusals import Remedy, remedy_for


@pytest.mark.parametrize(
    ("error", "status", "remedy"),
    [
        ("ratelimited", 429, Remedy.WAIT),
        ("", 429, Remedy.WAIT),
        ("service_unavailable", 503, Remedy.WAIT),
        ("fatal_error", 200, Remedy.LOOK),
        ("", 502, Remedy.LOOK),
        ("invalid_auth", 503, Remedy.LOOK),
        ("invalid_blocks", 200, Remedy.ONLY_WORDS),
        ("msg_too_long", 200, Remedy.ONLY_WORDS),
        ("msg_blocks_too_long", 200, Remedy.ONLY_WORDS),
        ("channel_not_found", 200, Remedy.PAUSE_CHANNEL),
        ("is_archived", 200, Remedy.PAUSE_CHANNEL),
        ("not_in_channel", 200, Remedy.PAUSE_CHANNEL),
        ("account_inactive", 200, Remedy.STOP),
        ("token_revoked", 200, Remedy.STOP),
        ("missing_scope", 200, Remedy.STOP),
        ("something_slack_says_next_year", 200, Remedy.NONE),
    ],
)
def test_what_helps(error: str, status: int, remedy: Remedy) -> None:
    assert remedy_for(error, status=status) is remedy


def test_an_image_is_known_from_the_details() -> None:
    details = ["[ERROR] downloading image failed [json-pointer:/blocks/0/image_url]"]
    assert remedy_for("invalid_blocks", details=details) is Remedy.WITHOUT_IMAGE
