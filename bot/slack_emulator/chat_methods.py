"""Web API methods about messages and reactions (docs.slack.dev, reference/methods)."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .errors import RefusalError
from .events import COMPOSER, addresses, claimed
from .values import Channel, Json, SlackMessage
from .web_api import ApiContext, Arguments, Methods

UNFURL_LIMIT = 5
UNFURL_SOURCES = ("composer", "conversations_history")
REFUSED_IN_UNFURLS = ("rich_text",)
"""Nowhere documented: Slack refuses them in previews (slackapi/java-slack-sdk#876, #948)."""
REACTORS_SHOWN = 50
"""The number of people a reaction names without `full`; Slack says only that the list may be incomplete."""

_EMOJI = re.compile(r"[\w+'&-]+(::skin-tone-[2-6])?")


method = Methods()


@method("chat.postMessage", "chat:write")
def post_message(context: ApiContext, arguments: Arguments) -> Json:
    """Show a message to everyone in a channel, which may also be named by its name or by a person's id."""
    channel = _writable(context, _found_by_name(context, arguments.required("channel")))
    if context.rate_limit is not None:
        context.rate_limit.take(channel.id)
    metadata = _metadata(arguments)
    message = context.poster.post(
        channel.id,
        context.poster.read(arguments.fields),
        thread_ts=arguments.text("thread_ts"),
        broadcast=arguments.flag("reply_broadcast"),
        metadata=metadata,
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.snapshot(with_metadata=True)}


@method("chat.update", "chat:write")
def update_message(context: ApiContext, arguments: Arguments) -> Json:
    """Change a message of the bot's own."""
    message = _own(context, arguments, "cant_update_message")
    changed = context.poster.edit(message, context.poster.read(arguments.fields), _metadata(arguments))
    return {
        "channel": changed.channel,
        "ts": changed.ts,
        "text": changed.text,
        "message": changed.snapshot(with_metadata=True),
    }


@method("chat.delete", "chat:write")
def delete_message(context: ApiContext, arguments: Arguments) -> Json:
    """Take a message of the bot's own away."""
    message = _own(context, arguments, "cant_delete_message")
    context.poster.delete(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(context: ApiContext, arguments: Arguments) -> Json:
    """Show a message to one member of a channel."""
    channel = _writable(context, arguments.required("channel"))
    person = arguments.required("user")
    if person not in context.workspace.people:
        raise RefusalError("user_not_found")
    if person not in channel.members:
        raise RefusalError("user_not_in_channel")
    thread_ts = arguments.text("thread_ts")
    thread = context.poster.thread(channel.id, thread_ts) if thread_ts else None
    content = context.poster.read(arguments.fields)
    private = context.poster.post_privately(person, channel.id, content, "chat.postEphemeral", thread)
    return {"message_ts": private.ts}


@method("chat.getPermalink")
def get_permalink(context: ApiContext, arguments: Arguments) -> Json:
    """A message's address."""
    message = _message(context, readable(context, arguments.required("channel")), arguments.required("message_ts"))
    return {"channel": message.channel, "permalink": context.workspace.permalink(message)}


@method("chat.unfurl", "links:write")
def unfurl(context: ApiContext, arguments: Arguments) -> Json:
    """Attach previews to links someone posted, or is about to; a link that has one gets the new one instead."""
    channel, ts = _unfurled_message(arguments)
    unfurls = arguments.structure("unfurls", "invalid_unfurls_format")
    if unfurls in (None, "", {}):
        raise RefusalError("missing_unfurls")
    if not isinstance(unfurls, dict):
        raise RefusalError("invalid_unfurls_format")
    if channel == COMPOSER:
        for card in unfurls.values():
            _unfurled(context, card)
        return {}
    if channel not in context.workspace.channels:
        raise RefusalError("cannot_find_channel")
    message = context.workspace.message(channel, ts)
    if message is None or message.subtype == "tombstone":
        raise RefusalError("cannot_find_message")
    if any(not claimed(url, context.app.unfurl_domains) for url in unfurls) or len(unfurls) > UNFURL_LIMIT:
        raise RefusalError("cannot_unfurl_url")
    if any(url not in addresses(message.text) for url in unfurls):
        raise RefusalError("cannot_unfurl_message")
    cards = {url: _unfurled(context, card) for url, card in unfurls.items()}
    # Others may have reacted between reading and writing: what is stored counts.
    before = context.workspace.message(channel, ts) or message
    after = context.workspace.change(replace(before, unfurls={**before.unfurls, **cards}))
    context.events.changed(after, before)
    return {}


@method("reactions.add", "reactions:write")
def add_reaction(context: ApiContext, arguments: Arguments) -> Json:
    """React to a message."""
    return _change_reaction(context, arguments, context.workspace.react, added=True)


@method("reactions.remove", "reactions:write")
def remove_reaction(context: ApiContext, arguments: Arguments) -> Json:
    """Take the bot's reaction back."""
    return _change_reaction(context, arguments, context.workspace.unreact, added=False)


@method("reactions.get", "reactions:read")
def get_reactions(context: ApiContext, arguments: Arguments) -> Json:
    """A message with the people who reacted to it."""
    message = _message(context, readable(context, arguments.required("channel")), arguments.required("timestamp"))
    seen = message.snapshot()
    if not arguments.flag("full"):
        for reaction in seen.get("reactions", ()):
            reaction["users"] = reaction["users"][:REACTORS_SHOWN]
    seen["permalink"] = context.workspace.permalink(message)
    return {"type": "message", "channel": message.channel, "message": seen}


def readable(context: ApiContext, channel_id: str) -> Channel:
    """A channel the bot may look into; RefusalError channel_not_found, also for private ones it is not in."""
    channel = context.workspace.channels.get(channel_id)
    if channel is None or (channel.kind == "private" and context.app.bot_user_id not in channel.members):
        raise RefusalError("channel_not_found")
    return channel


def _found_by_name(context: ApiContext, name: str) -> str:
    workspace = context.workspace
    if name in workspace.people:
        if workspace.people[name].is_bot:
            raise RefusalError("cannot_dm_bot")
        return workspace.direct_messages(name).id
    bare = name.removeprefix("#")
    return next((each.id for each in workspace.channels.values() if each.kind != "im" and each.name == bare), name)


def _writable(context: ApiContext, channel_id: str) -> Channel:
    channel = readable(context, channel_id)
    if channel.kind == "im" and not context.app.messages_tab:
        raise RefusalError("messages_tab_disabled")
    if channel.archived:
        raise RefusalError("is_archived")
    if context.app.bot_user_id not in channel.members and not context.app.has_any("chat:write.public"):
        raise RefusalError("not_in_channel")
    return channel


def _message(context: ApiContext, channel: Channel, ts: str) -> SlackMessage:
    message = context.workspace.message(channel.id, ts)
    if message is None:
        raise RefusalError("message_not_found")
    return message


def _own(context: ApiContext, arguments: Arguments, error: str) -> SlackMessage:
    channel = readable(context, arguments.required("channel"))
    message = _message(context, channel, arguments.required("ts"))
    if message.bot_id != context.app.bot_id:
        raise RefusalError(error)
    if channel.archived:
        raise RefusalError("is_archived")
    return message


def _change_reaction(
    context: ApiContext, arguments: Arguments, change: Callable[[SlackMessage, str, str], SlackMessage], *, added: bool
) -> Json:
    message, name = _reaction(context, arguments)
    person = context.app.bot_user_id
    context.events.reacted(change(message, person, name), person, name, added=added)
    return {}


def _reaction(context: ApiContext, arguments: Arguments) -> tuple[SlackMessage, str]:
    channel = readable(context, arguments.required("channel"))
    name = arguments.required("name").strip(":")
    if _EMOJI.fullmatch(name) is None:
        raise RefusalError("invalid_name")
    if channel.archived:
        raise RefusalError("is_archived")
    if context.app.bot_user_id not in channel.members:
        raise RefusalError("not_in_channel")
    return _message(context, channel, arguments.required("timestamp")), name


def _metadata(arguments: Arguments) -> Json | None:
    metadata: Any = arguments.structure("metadata", "invalid_metadata_format")
    if metadata in (None, "", {}):
        return {} if metadata == {} else None
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        raise RefusalError("invalid_metadata_format")
    if not isinstance(metadata["event_type"], str) or not isinstance(metadata["event_payload"], dict):
        raise RefusalError("invalid_metadata_format")
    return metadata


def _unfurled_message(arguments: Arguments) -> tuple[str, str]:
    """The message that a preview is for, named by channel and ts, or by unfurl_id and source."""
    unfurl_id, source = arguments.text("unfurl_id"), arguments.text("source")
    if unfurl_id or source:
        if not source:
            raise RefusalError("missing_source")
        if source not in UNFURL_SOURCES:
            raise RefusalError("invalid_source")
        if not unfurl_id:
            raise RefusalError("missing_unfurl_id")
        if source == "composer":
            return COMPOSER, unfurl_id
        channel, _, ts = unfurl_id.partition(".")
        if not ts:
            raise RefusalError("invalid_unfurl_id")
        return channel, ts
    for name in ("channel", "ts"):
        if not arguments.text(name):
            raise RefusalError(f"missing_{name}")
    return arguments.required("channel"), arguments.required("ts")


def _unfurled(context: ApiContext, card: Any) -> Json:
    if not isinstance(card, dict):
        raise RefusalError("invalid_unfurls_format")
    blocks = context.poster.read({"blocks": card.get("blocks")}).blocks
    for place, block in enumerate(blocks or ()):
        if block["type"] in REFUSED_IN_UNFURLS:
            problem = f"[ERROR] unsupported type: {block['type']} [json-pointer:/blocks/{place}/type]"
            raise RefusalError("invalid_blocks", messages=[problem])
    if not (blocks or card.get("text") or card.get("title")):
        raise RefusalError("cannot_parse_attachment")
    return {**card, "blocks": list(blocks)} if blocks else dict(card)
