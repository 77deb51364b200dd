"""Personal data: where the database has a person's ID, and what erasing and handing over their data do to it.

Every column of every table with data of a workspace is declared here, once. Erasing, the counts shown before it, the
file with somebody's data, and the documentation are all made from it. `tests/bot/store/test_personal_data.py` compares
it with the schema of each engine: a table or column that is not declared fails there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.rules.slack_ids import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

# Stands where the ID of an erased person stood in what others still need.
SOMEBODY = "somebody"
# Slack brings an event again for a day at most, and reactions are compared with Slack's for two weeks after a message
# was posted (`bot.rules.outages.LOOK_BACK`): so long, what came before an erasure may come once more.
ERASURES_KEPT = timedelta(days=16)


class DataKind(StrEnum):
    """A kind of data about a person: its name in the file handed over, and the key of its name in the catalogues."""

    PROFILE = "profile"
    SAVED_PAPERS = "saved_papers"
    SAVED_TAGS = "saved_tags"
    LIST_CHANGES = "list_changes"
    REACTIONS = "reactions"
    REACTIONS_CONFIRMED = "reactions_confirmed"
    QUESTIONS = "questions"
    FEEDBACK = "summary_feedback"
    REPORTS = "summary_reports"
    MODEL_USE = "model_use"
    MESSAGES_WRITTEN = "messages_written"
    MESSAGES_RECEIVED = "messages_received"
    REQUESTS = "requests"
    CHANNEL_CHANGES = "channel_changes"
    CHANNELS_ADDED = "channels_added"
    INVITATIONS = "invitations"
    REMINDERS = "reminders"
    INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class TableData:
    """The data that a table has of people.

    Of a row whose `owner` column names a person, all is theirs: it is deleted, and handed over. Where a `doer` column
    names them, others need the row: the name is emptied, and the row handed over. A `conversations` column names a
    channel, or a person or their direct messages, whose rows are deleted. `texts` may name people among other words:
    the name is replaced. The columns `without` people, separated by blanks, hold nobody's ID.
    """

    without: str = ""
    kind: DataKind | None = None
    owner: str = ""
    doer: str = ""
    conversations: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """All columns declared, but for the `team`."""
        named = (self.owner, self.doer, *self.conversations, *self.texts, *self.without.split())
        return frozenset(name for name in named if name)


@dataclass(frozen=True, slots=True)
class Erasure:
    """The erasure of a person's data: what came up to a moment, `at`, the IDs of their direct messages with Paperboy,
    and how much there was of each kind."""

    at: datetime
    direct_messages: tuple[str, ...]
    counts: Mapping[DataKind, int]


@dataclass(frozen=True, slots=True)
class PersonalRows:
    """All that is stored about a person, by kind, as columns and values; there is more of the kinds `cut_short`."""

    rows: Mapping[DataKind, Sequence[Mapping[str, Any]]]
    cut_short: frozenset[DataKind]


# What belongs to a workspace. Each of these has a column `team`, which is no person's.
OF_WORKSPACES: dict[str, TableData] = {
    "changes": TableData("id channel at setting old new", DataKind.CHANNEL_CHANGES, doer="user"),
    "channels": TableData(
        "channel post_at timezone language top weekdays skip_dates second_language minimum_votes include_words"
        " exclude_words layout day_choice empty_days late_risers unfurl recap managers state state_reason state_since"
        " skip_next cursor since added_at link_previews team_recap",
        DataKind.CHANNELS_ADDED,
        doer="added_by",
    ),
    "due_claims": TableData("channel local_date owner claimed_at outcome"),
    "edition_days": TableData("day", conversations=("conversation",), texts=("edition",)),
    "edition_upkeep": TableData("step at", conversations=("conversation",), texts=("edition",)),
    # Its own last step takes out whose it is.
    "erasures": TableData("fingerprint at person direct_messages counts"),
    "erasure_salts": TableData("salt"),
    "incoming_messages": TableData(
        "ts edited_ts fingerprint treatment edits at",
        DataKind.MESSAGES_WRITTEN,
        owner="person",
        conversations=("channel",),
    ),
    "installations": TableData(
        "name bot_user bot enterprise is_organization app url scopes installed_at credentials expires_at generation"
    ),
    "installers": TableData("at", DataKind.INSTALLATION, owner="user"),
    "invitations": TableData("channel event_ts at", DataKind.INVITATIONS, doer="inviter"),
    "latest_moves": TableData("channel event_ts"),
    "link_previews": TableData("paper message_ts is_shown at", conversations=("channel",)),
    "list_changes": TableData("paper at change kind place", DataKind.LIST_CHANGES, owner="user"),
    "list_emoji": TableData("saving reading done chosen_at"),
    "message_papers": TableData("ts position paper is_linked", conversations=("channel",)),
    "model_spending": TableData(
        "day model requests input_tokens output_tokens dollars", DataKind.MODEL_USE, owner="user"
    ),
    "newer_blocks": TableData("kind accepted at"),
    "open_requests": TableData(
        "kind cause at thread_ts response_url view_id step owner lease_until attempts",
        DataKind.REQUESTS,
        owner="person",
        conversations=("channel",),
        texts=("value",),
    ),
    "outages": TableData("outage_since outage_until"),
    "outbox": TableData(
        "part position kind shows thread_part state ts owner lease_until not_before claimed_at attempts planned_at"
        " sent_at card looks probably_absent renewals reported edition_kind in_thread send_before",
        DataKind.MESSAGES_RECEIVED,
        conversations=("conversation", "direct_channel"),
        texts=("edition", "edition_about", "payload", "error"),
    ),
    "people": TableData(
        "locale timezone language read_at shows_name checked_at deactivated_at is_external name",
        DataKind.PROFILE,
        owner="user",
    ),
    "posted_papers": TableData("paper ts thread_ts part", conversations=("conversation",), texts=("edition",)),
    "question_turns": TableData(
        "thread_ts at paper",
        DataKind.QUESTIONS,
        owner="user",
        conversations=("channel",),
        texts=("question", "answer"),
    ),
    # Its channels are numbers made of their IDs, and go within seconds.
    "rate_limits": TableData("method version requests counts_until"),
    "reaction_readings": TableData("message_ts as_of outage", conversations=("channel",)),
    "reactions": TableData(
        "message_ts emoji added event_ts", DataKind.REACTIONS, owner="user", conversations=("channel",)
    ),
    "reminders": TableData(
        "is_on weekday since snoozed_until due_at last_for last_papers", DataKind.REMINDERS, owner="user"
    ),
    "saved_papers": TableData(
        "paper listed saved_at state origin changed_at",
        DataKind.SAVED_PAPERS,
        owner="user",
        texts=("note", "tags", "words"),
    ),
    "saved_tags": TableData("paper", DataKind.SAVED_TAGS, owner="user", texts=("tag", "name")),
    "slack_contacts": TableData("last_seen_at last_request_at silent_since resumed_at looked_into_at"),
    "shared_messages": TableData("channel message_ts at"),
    "summary_feedback": TableData("paper language made_at made_by rating at", DataKind.FEEDBACK, owner="user"),
    "summary_reports": TableData(
        "paper language at complaint rewrites", DataKind.REPORTS, owner="user", texts=("note",)
    ),
    "token_reservations": TableData("id day tokens expires_at", doer="user"),
    "told_reactions": TableData("event_ts", DataKind.REACTIONS_CONFIRMED, owner="user"),
    "teams": TableData("installed_at removed_at scopes_told_missing given_up_told_at"),
}

# Facts that Hugging Face and arXiv publish, what was made of them, and the state of the program: of no workspace's
# people. A table with a column `team` has no place here.
OF_NOBODY = frozenset(
    {
        *("papers", "listings", "listed_papers", "empty_days", "lists_to_read_again", "imported_digests"),
        *("imported_papers", "materials", "summaries", "summary_tries", "search_documents", "search_index"),
        *("search_progress", "pruning", "last_check", "migrations", "paper_lengths", "paper_news"),
        *("news_progress", "leases", "replicas", "used_oauth_states"),
    }
)


def people_in(event: Mapping[str, Any]) -> tuple[str, ...]:
    """The people an event of Slack's is about: who acts, invites, or wrote the message."""
    named = [event.get("user"), event.get("inviter")]
    for part in ("message", "previous_message"):
        message = event.get(part)
        named.append(message.get("user") if isinstance(message, dict) else None)
    return tuple(dict.fromkeys(each for each in named if isinstance(each, str)))


def is_before(ts: str, erased_at: datetime) -> bool:
    """Whether something of this time stamp of Slack's came before an erasure; what has no such stamp did not."""
    try:
        return moment_of(ts) <= erased_at
    except (ValueError, OverflowError):
        return False


def mentions_of(person: str) -> re.Pattern[str]:
    """The pattern of a person's ID among other words, with Slack's mark-up around it; no part of a longer ID.

    Small letters count: words that are searched are kept in them.
    """
    name = re.escape(person)
    return re.compile(rf"<@{name}(?:\|[^>]*)?>|(?<![A-Za-z0-9]){name}(?![A-Za-z0-9])", re.IGNORECASE)


def without_person(text: str, person: str) -> str:
    """A text without a person's ID, as far as anybody still needs it. JSON stays JSON, and messages stay messages."""
    if person.lower() not in text.lower():
        return text
    if text.startswith(("{", "[")):
        try:
            return json.dumps(_cleaned(json.loads(text), person), ensure_ascii=False, separators=(",", ":"))
        except ValueError:
            pass
    return mentions_of(person).sub(SOMEBODY, text)


def _cleaned(value: Any, person: str) -> Any:
    if isinstance(value, str):
        return mentions_of(person).sub(SOMEBODY, value)
    if isinstance(value, list):
        return [_cleaned(each, person) for each in value]
    if isinstance(value, dict):
        if value.get("type") == "user" and value.get("user_id") == person:  # of rich text, which knows people by ID
            return {"type": "text", "text": SOMEBODY}
        return {_cleaned(key, person): _cleaned(each, person) for key, each in value.items()}
    return value
