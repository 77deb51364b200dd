"""What an event about a message means, whatever Slack, or somebody in its name, puts into it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.incoming_messages import IncomingMessage, Withdrawal
from bot.slack.installation import Installation
from bot.slack.message_events import read_message_event

BOT = "U0000000001"
HERE = Installation(team="T1", bot_user=BOT, bot="B0000000001")
SAID = {"type": "message", "channel": "D1", "user": "U1", "ts": "1722500000.000100", "text": "2407.21017"}
EDITED = {**SAID, "text": "2407.20743", "edited": {"user": "U1", "ts": "1722500009.000000"}}


def changed(**more: Any) -> dict[str, Any]:
    event = {"type": "message", "subtype": "message_changed", "hidden": True, "channel": "D1"}
    return {**event, "message": EDITED, "previous_message": SAID, **more}


def test_a_direct_message_is_for_us_and_one_in_a_channel_only_where_it_mentions_us() -> None:
    assert read_message_event(SAID, HERE) == IncomingMessage("T1", "D1", SAID["ts"], "U1", "2407.21017")
    in_channel = {**SAID, "channel": "C1"}
    assert read_message_event(in_channel, HERE) is None
    assert read_message_event({**in_channel, "type": "app_mention"}, HERE) is not None
    assert read_message_event({**in_channel, "text": f"<@{BOT}> list"}, HERE) is not None
    assert read_message_event({**in_channel, "text": f"&lt;@{BOT}&gt; list"}, HERE) is None


def test_an_edit_names_the_message_it_is_of() -> None:
    edited = read_message_event(changed(), HERE)
    assert edited == IncomingMessage("T1", "D1", SAID["ts"], "U1", "2407.20743", edited_ts="1722500009.000000")
    assert read_message_event({**EDITED, "channel": "C1", "type": "app_mention"}, HERE) is not None


@pytest.mark.parametrize(
    "event",
    [
        changed(previous_message={**SAID, "text": "*2407.20743*"}),
        changed(message={**EDITED, "edited": None}),
        changed(message={**EDITED, "bot_id": "B9"}),
        changed(message={**EDITED, "user": BOT}),
        changed(message={**EDITED, "subtype": "bot_message"}),
        changed(message=None),
        {**SAID, "bot_id": "B9"},
        {**SAID, "user": BOT},
        {**SAID, "user": "USLACKBOT"},
        {**SAID, "subtype": "channel_topic"},
        {**SAID, "hidden": True},
        {"type": "message", "channel": "D1", "ts": "1.2", "message": {**SAID, "reply_count": 2}},
        {"type": "message", "subtype": "message_deleted", "channel": "D1", "previous_message": {**SAID, "bot_id": "B"}},
        {"type": "message"},
    ],
)
def test_what_nobody_asks_is_nothing(event: dict[str, Any]) -> None:
    assert read_message_event(event, HERE) is None


def test_a_message_is_withdrawn_where_it_is_deleted_or_only_its_thread_is_left() -> None:
    gone = Withdrawal("T1", "D1", SAID["ts"])
    deleted = {"type": "message", "subtype": "message_deleted", "channel": "D1", "previous_message": SAID}
    assert read_message_event(deleted, HERE) == gone
    tombstone = {"subtype": "tombstone", "user": "USLACKBOT", "ts": SAID["ts"], "text": "This message was deleted."}
    assert read_message_event(changed(message=tombstone), HERE) == gone


_VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=9) | st.sampled_from([BOT, "D1", "C1", SAID["ts"], "U1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*EDITED, "subtype"]), inner),
    max_leaves=9,
)
_SUBTYPES = st.sampled_from(["message_changed", "message_deleted", "tombstone", "file_share", "bot_message"])


@given(
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys([*EDITED, "message", "previous_message", "bot_id", "hidden", "thread_ts"], _VALUES),
            "subtype": _SUBTYPES | _VALUES,
            "message": st.fixed_dictionaries({}, optional=dict.fromkeys([*EDITED, "bot_id"], _VALUES)),
        },
    )
)
def test_no_event_is_too_odd_to_be_read(event: dict[str, Any]) -> None:
    read = read_message_event(event, HERE)
    if isinstance(read, IncomingMessage):
        assert read.person
        assert read.person != BOT
        assert read.ts
        assert not event.get("bot_id")
