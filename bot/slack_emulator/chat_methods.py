"""Web API methods about messages and reactions (docs.slack.dev, reference/methods)."""

import re
from dataclasses import replace
from typing import Any

from .errors import RefusalError
from .values import Channel, Json, Message
from .web_api import Arguments, Desk, Methods

UNFURL_LIMIT = 5
REACTORS_SHOWN = 50
"""How many people a reaction names without `full`; Slack says only that the list may be incomplete."""

_EMOJI = re.compile(r"[\w+'&-]+(::skin-tone-[2-6])?")


method = Methods()


@method("chat.postMessage", "chat:write")
def post_message(desk: Desk, arguments: Arguments) -> Json:
    """Show a message to everyone in a channel, which may also be named by its name or by a person's id."""
    channel = _writable(desk, _found_by_name(desk, arguments.required("channel")))
    if desk.pace is not None:
        desk.pace.take(channel.id)
    metadata = _metadata(arguments)
    message = desk.poster.post(
        channel.id,
        desk.poster.read(arguments.fields),
        thread_ts=arguments.text("thread_ts"),
        broadcast=arguments.flag("reply_broadcast"),
        metadata=metadata,
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.snapshot(with_metadata=True)}


@method("chat.update", "chat:write")
def update_message(desk: Desk, arguments: Arguments) -> Json:
    """Change a message of the bot's own."""
    message = _own(desk, arguments, "cant_update_message")
    changed = desk.poster.edit(message, desk.poster.read(arguments.fields), _metadata(arguments))
    return {
        "channel": changed.channel,
        "ts": changed.ts,
        "text": changed.text,
        "message": changed.snapshot(with_metadata=True),
    }


@method("chat.delete", "chat:write")
def delete_message(desk: Desk, arguments: Arguments) -> Json:
    """Take a message of the bot's own away."""
    message = _own(desk, arguments, "cant_delete_message")
    desk.poster.delete(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(desk: Desk, arguments: Arguments) -> Json:
    """Show a message to one member of a channel."""
    channel = _writable(desk, arguments.required("channel"))
    person = arguments.required("user")
    if person not in desk.workspace.people:
        raise RefusalError("user_not_found")
    if person not in channel.members:
        raise RefusalError("user_not_in_channel")
    thread_ts = arguments.text("thread_ts")
    thread = desk.poster.thread(channel.id, thread_ts) if thread_ts else None
    content = desk.poster.read(arguments.fields)
    private = desk.poster.whisper(person, channel.id, content, "chat.postEphemeral", thread)
    return {"message_ts": private.ts}


@method("chat.getPermalink")
def get_permalink(desk: Desk, arguments: Arguments) -> Json:
    """A message's address."""
    message = _message(desk, readable(desk, arguments.required("channel")), arguments.required("message_ts"))
    return {"channel": message.channel, "permalink": desk.workspace.permalink(message)}


@method("chat.unfurl", "links:write")
def unfurl(desk: Desk, arguments: Arguments) -> Json:
    """Attach previews to links someone posted."""
    if unfurl_id := arguments.text("unfurl_id"):
        channel, _, ts = unfurl_id.partition(".")
    else:
        channel, ts = arguments.required("channel"), arguments.required("ts")
    if channel not in desk.workspace.channels:
        raise RefusalError("cannot_find_channel")
    message = desk.workspace.message(channel, ts)
    if message is None:
        raise RefusalError("cannot_find_message")
    unfurls = arguments.structure("unfurls", "invalid_unfurls_format")
    if not isinstance(unfurls, dict) or not unfurls:
        raise RefusalError("missing_unfurls")
    if len(unfurls) > UNFURL_LIMIT or any(url not in message.text for url in unfurls):
        raise RefusalError("cannot_unfurl_url")
    cards = {url: _unfurled(desk, card) for url, card in unfurls.items()}
    desk.workspace.change(replace(message, unfurls={**message.unfurls, **cards}))
    return {}


@method("reactions.add", "reactions:write")
def add_reaction(desk: Desk, arguments: Arguments) -> Json:
    """React to a message."""
    message, name = _reaction(desk, arguments)
    desk.events.reacted(
        desk.workspace.react(message, desk.app.bot_user_id, name), desk.app.bot_user_id, name, added=True
    )
    return {}


@method("reactions.remove", "reactions:write")
def remove_reaction(desk: Desk, arguments: Arguments) -> Json:
    """Take the bot's reaction back."""
    message, name = _reaction(desk, arguments)
    desk.events.reacted(
        desk.workspace.unreact(message, desk.app.bot_user_id, name), desk.app.bot_user_id, name, added=False
    )
    return {}


@method("reactions.get", "reactions:read")
def get_reactions(desk: Desk, arguments: Arguments) -> Json:
    """Who reacted to a message."""
    message = _message(desk, readable(desk, arguments.required("channel")), arguments.required("timestamp"))
    seen = message.snapshot()
    if not arguments.flag("full"):
        for reaction in seen.get("reactions", ()):
            reaction["users"] = reaction["users"][:REACTORS_SHOWN]
    seen["permalink"] = desk.workspace.permalink(message)
    return {"type": "message", "channel": message.channel, "message": seen}


def readable(desk: Desk, channel_id: str) -> Channel:
    """A channel the bot may look into; RefusalError channel_not_found, also for private ones it is not in."""
    channel = desk.workspace.channels.get(channel_id)
    if channel is None or (channel.kind == "private" and desk.app.bot_user_id not in channel.members):
        raise RefusalError("channel_not_found")
    return channel


def _found_by_name(desk: Desk, name: str) -> str:
    workspace = desk.workspace
    if name in workspace.people:
        if workspace.people[name].is_bot:
            raise RefusalError("cannot_dm_bot")
        return workspace.direct_messages(name).id
    bare = name.removeprefix("#")
    return next((each.id for each in workspace.channels.values() if each.kind != "im" and each.name == bare), name)


def _writable(desk: Desk, channel_id: str) -> Channel:
    channel = readable(desk, channel_id)
    if channel.kind == "im" and not desk.app.messages_tab:
        raise RefusalError("messages_tab_disabled")
    if channel.archived:
        raise RefusalError("is_archived")
    if desk.app.bot_user_id not in channel.members and not desk.app.has_any("chat:write.public"):
        raise RefusalError("not_in_channel")
    return channel


def _message(desk: Desk, channel: Channel, ts: str) -> Message:
    message = desk.workspace.message(channel.id, ts)
    if message is None:
        raise RefusalError("message_not_found")
    return message


def _own(desk: Desk, arguments: Arguments, error: str) -> Message:
    channel = readable(desk, arguments.required("channel"))
    message = _message(desk, channel, arguments.required("ts"))
    if message.bot_id != desk.app.bot_id:
        raise RefusalError(error)
    if channel.archived:
        raise RefusalError("is_archived")
    return message


def _reaction(desk: Desk, arguments: Arguments) -> tuple[Message, str]:
    channel = readable(desk, arguments.required("channel"))
    name = arguments.required("name").strip(":")
    if _EMOJI.fullmatch(name) is None:
        raise RefusalError("invalid_name")
    if channel.archived:
        raise RefusalError("is_archived")
    if desk.app.bot_user_id not in channel.members:
        raise RefusalError("not_in_channel")
    return _message(desk, channel, arguments.required("timestamp")), name


def _metadata(arguments: Arguments) -> Json | None:
    metadata: Any = arguments.structure("metadata", "invalid_metadata_format")
    if metadata in (None, "", {}):
        return {} if metadata == {} else None
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        raise RefusalError("invalid_metadata_format")
    if not isinstance(metadata["event_type"], str) or not isinstance(metadata["event_payload"], dict):
        raise RefusalError("invalid_metadata_format")
    return metadata


def _unfurled(desk: Desk, card: Any) -> Json:
    if not isinstance(card, dict):
        raise RefusalError("invalid_unfurls_format")
    blocks = desk.poster.read({"blocks": card.get("blocks")}).blocks
    return {**card, "blocks": list(blocks)} if blocks else dict(card)
