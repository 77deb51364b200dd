"""Web API methods about the app, people, channels, their history, and views (docs.slack.dev, reference/methods)."""

from typing import Literal
from zoneinfo import ZoneInfo

from .blocks import message_problems, view_problems
from .chat_methods import readable
from .errors import RefusalError
from .values import Channel, Json, Person, SlackMessage, View
from .web_api import ApiContext, Arguments, Methods, page, require_scope

_SCOPE_NAMES = {"public": "channels", "private": "groups", "im": "im"}
_READ = ("channels:read", "groups:read", "mpim:read", "im:read")
_HISTORY = ("channels:history", "groups:history", "mpim:history", "im:history")


method = Methods()


@method("api.test", token="none")
def test_api(context: ApiContext, arguments: Arguments) -> Json:
    """Answer; fail when told to."""
    if error := arguments.text("error"):
        raise RefusalError(error, more={"args": dict(arguments.fields)})
    return {"args": dict(arguments.fields)} if arguments.fields else {}


@method("auth.test")
def test_auth(context: ApiContext, arguments: Arguments) -> Json:
    """Whose token this is."""
    app = context.app
    return {
        "url": f"https://{app.domain}.slack.com/",
        "team": app.team_name,
        "user": context.workspace.people[app.bot_user_id].name,
        "team_id": app.team_id,
        "user_id": app.bot_user_id,
        "bot_id": app.bot_id,
        **({"enterprise_id": app.enterprise_id} if app.enterprise else {}),
        "is_enterprise_install": app.enterprise == "organization",
    }


@method("apps.connections.open", "connections:write", token="app")
def open_connection(context: ApiContext, arguments: Arguments) -> Json:
    """The address of a new Socket Mode connection."""
    if not context.app.socket_mode:
        raise RefusalError("socket_mode_disabled")
    return {"url": f"{context.socket_base}?{context.sockets.ticket()}"}


@method("apps.manifest.export", token="config")
def export_manifest(context: ApiContext, arguments: Arguments) -> Json:
    """The app's manifest, for whoever may configure apps."""
    if arguments.required("app_id") != context.app.app_id:
        raise RefusalError("invalid_app_id")
    return {"manifest": dict(context.app.manifest)}


@method("bots.info", "users:read")
def bot_info(context: ApiContext, arguments: Arguments) -> Json:
    """A bot, and the app it belongs to."""
    if arguments.text("bot") not in {None, context.app.bot_id}:
        raise RefusalError("bot_not_found")
    return {"bot": {"id": context.app.bot_id, "app_id": context.app.app_id, "name": context.app.name, "deleted": False}}


@method("team.info", "team:read")
def team_info(context: ApiContext, arguments: Arguments) -> Json:
    """The workspace."""
    app = context.app
    return {"team": {"id": app.team_id, "name": app.team_name, "domain": app.domain, "icon": {"image_default": True}}}


@method("users.info", "users:read")
def user_info(context: ApiContext, arguments: Arguments) -> Json:
    """One person."""
    person = _person(context, arguments.required("user"))
    return {"user": _user(context, person, with_locale=arguments.flag("include_locale"))}


@method("users.list", "users:read")
def list_users(context: ApiContext, arguments: Arguments) -> Json:
    """Everyone."""
    people, following = page([*context.workspace.people.values()], lambda each: each.id, arguments, limit=999)
    with_locale = arguments.flag("include_locale")
    return {
        "members": [_user(context, each, with_locale=with_locale) for each in people],
        "cache_ts": int(context.workspace.now().timestamp()),
        "response_metadata": following,
    }


@method("emoji.list", "emoji:read")
def list_emoji(context: ApiContext, arguments: Arguments) -> Json:
    """The workspace's own emoji: it has none."""
    return {"emoji": {}, "cache_ts": str(int(context.workspace.now().timestamp()))}


@method("conversations.info", *_READ)
def conversation_info(context: ApiContext, arguments: Arguments) -> Json:
    """One channel."""
    channel = _allowed(context, arguments.required("channel"), "read")
    seen = _conversation(context, channel)
    if arguments.flag("include_num_members"):
        seen["num_members"] = len(channel.members)
    if arguments.flag("include_locale"):
        seen["locale"] = "en-US"
    return {"channel": seen}


@method("conversations.list", *_READ)
def list_conversations(context: ApiContext, arguments: Arguments) -> Json:
    """The channels the bot can see, of the kinds asked for."""
    found = _of_kinds_asked_for(context, arguments)
    channels, following = page(found, lambda each: each.id, arguments, limit=100)
    return {"channels": [_conversation(context, each) for each in channels], "response_metadata": following}


@method("users.conversations", *_READ)
def list_conversations_of(context: ApiContext, arguments: Arguments) -> Json:
    """The channels the bot, or another member, is in, of the kinds asked for."""
    member = arguments.text("user") or context.app.bot_user_id
    if member not in context.workspace.people:
        raise RefusalError("channel_not_found")
    found = [each for each in _of_kinds_asked_for(context, arguments) if member in each.members]
    channels, following = page(found, lambda each: each.id, arguments, limit=100)
    # Only conversations.list and conversations.info say whether the bot is a member.
    seen = [{**_conversation(context, each)} for each in channels]
    for each in seen:
        each.pop("is_member", None)
    return {"channels": seen, "response_metadata": following}


@method("blocks.validate")
def validate_blocks(context: ApiContext, arguments: Arguments) -> Json:
    """Say whether blocks, a message or a view could be shown, without showing them."""
    given = [name for name in ("blocks", "message", "view") if arguments.text(name) is not None]
    if len(given) != 1:
        raise RefusalError("invalid_arguments", messages=["[ERROR] provide exactly one of blocks, view, or message"])
    name = given[0]
    content = arguments.structure(name)
    if name == "view":
        surface: Literal["home", "modal"] = (
            "home" if isinstance(content, dict) and content.get("type") == "home" else "modal"
        )
        problems = view_problems(content, surface)
    else:
        blocks = content.get("blocks", []) if isinstance(content, dict) else content
        problems = message_problems(blocks) if isinstance(blocks, list) else ("must provide an array",)
    if problems:
        errors = [{"pointer": _pointer(each), "code": "failed_constraint", "message": each} for each in problems]
        raise RefusalError(f"invalid_{name}", more={"errors": errors})
    return {}


@method("conversations.members", *_READ)
def conversation_members(context: ApiContext, arguments: Arguments) -> Json:
    """The members of a channel."""
    channel = _allowed(context, arguments.required("channel"), "read")
    members, following = page(sorted(channel.members), str, arguments, limit=100)
    return {"members": members, "response_metadata": following}


@method("conversations.open", "im:write", "mpim:write", "channels:manage", "groups:write")
def open_conversation(context: ApiContext, arguments: Arguments) -> Json:
    """The direct messages with one person."""
    require_scope(context, "im:write")
    people = (arguments.text("users") or "").split(",")
    if channel_id := arguments.text("channel"):
        channel = readable(context, channel_id)
    elif len(people) == 1:
        channel = context.workspace.direct_messages(_person(context, people[0]).id)
    else:
        require_scope(context, "mpim:write")
        raise RefusalError("method_not_supported_for_channel_type")
    seen = _conversation(context, channel) if arguments.flag("return_im") else {"id": channel.id}
    return {"channel": seen}


@method("conversations.history", *_HISTORY)
def history(context: ApiContext, arguments: Arguments) -> Json:
    """A channel's messages, newest first; threads by their first message."""
    channel = _allowed(context, arguments.required("channel"), "history")
    shown = [each for each in context.workspace.messages(channel.id) if not each.is_reply or each.broadcast]
    shown = [each for each in reversed(shown) if _within(each, arguments)]
    found, following = page(shown, lambda each: each.ts, arguments, limit=100)
    return {
        "messages": [_in_history(context, each, arguments) for each in found],
        "has_more": bool(following["next_cursor"]),
        "pin_count": 0,
        **({"response_metadata": following} if following["next_cursor"] else {}),
    }


@method("conversations.replies", *_HISTORY)
def replies(context: ApiContext, arguments: Arguments) -> Json:
    """A thread: its first message, then the replies, oldest first."""
    channel = _allowed(context, arguments.required("channel"), "history")
    thread = context.workspace.thread(channel.id, arguments.required("ts"))
    if not thread:
        raise RefusalError("thread_not_found")
    shown = [each for each in thread if not each.is_reply or _within(each, arguments)]
    found, following = page(shown, lambda each: each.ts, arguments, limit=999)
    return {
        "messages": [_in_history(context, each, arguments) for each in found],
        "has_more": bool(following["next_cursor"]),
        "response_metadata": following,
    }


@method("views.publish")
def publish_view(context: ApiContext, arguments: Arguments) -> Json:
    """Show a person their Home tab."""
    person = _person(context, arguments.required("user_id"))
    view = context.views.publish(person.id, arguments.structure("view"), arguments.text("hash"))
    return {"view": context.views.payload(view)}


@method("views.open")
def open_view(context: ApiContext, arguments: Arguments) -> Json:
    """Open a modal for whoever just did something."""
    person = context.grants.take_trigger(arguments.required("trigger_id"))
    return {"view": context.views.payload(context.views.open(person, arguments.structure("view")))}


@method("views.push")
def push_view(context: ApiContext, arguments: Arguments) -> Json:
    """Lay a modal over the one that person has open."""
    person = context.grants.take_trigger(arguments.required("trigger_id"))
    return {"view": context.views.payload(context.views.push(person, arguments.structure("view")))}


@method("views.update")
def update_view(context: ApiContext, arguments: Arguments) -> Json:
    """Put other content into an open modal."""
    found: View = context.views.find(view_id=arguments.text("view_id"), external_id=arguments.text("external_id"))
    changed = context.views.update(found, arguments.structure("view"), arguments.text("hash"))
    return {"view": context.views.payload(changed)}


def _of_kinds_asked_for(context: ApiContext, arguments: Arguments) -> list[Channel]:
    kinds = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}
    wanted = [each.strip() for each in (arguments.text("types") or "public_channel").split(",")]
    if not kinds.keys() >= set(wanted):
        raise RefusalError("invalid_types")
    for kind in wanted:
        require_scope(context, f"{_SCOPE_NAMES.get(kinds[kind], 'mpim')}:read")
    return [
        channel
        for channel in context.workspace.channels.values()
        if channel.kind in {kinds[kind] for kind in wanted}
        and (channel.kind == "public" or context.app.bot_user_id in channel.members)
        and not (channel.archived and arguments.flag("exclude_archived"))
    ]


def _pointer(problem: str) -> str:
    return problem.rpartition("[json-pointer:")[2].removesuffix("]")


def _allowed(context: ApiContext, channel_id: str, what: str) -> Channel:
    channel = readable(context, channel_id)
    require_scope(context, f"{_SCOPE_NAMES[channel.kind]}:{what}")
    if what == "history" and context.app.bot_user_id not in channel.members:
        raise RefusalError("not_in_channel")
    return channel


def _person(context: ApiContext, person: str) -> Person:
    if person not in context.workspace.people:
        raise RefusalError("user_not_found")
    return context.workspace.people[person]


def _within(message: SlackMessage, arguments: Arguments) -> bool:
    oldest, latest = arguments.text("oldest") or "0", arguments.text("latest")
    try:
        at, low, high = float(message.ts), float(oldest), float(latest) if latest else float("inf")
    except ValueError:
        raise RefusalError("invalid_ts_latest" if latest else "invalid_ts_oldest") from None
    return low <= at <= high if arguments.flag("inclusive") else low < at < high


def _in_history(context: ApiContext, message: SlackMessage, arguments: Arguments) -> Json:
    seen = message.snapshot(with_metadata=arguments.flag("include_all_metadata"))
    return seen | context.workspace.thread_facts(message)


def _conversation(context: ApiContext, channel: Channel) -> Json:
    seen: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_org_shared": False,
        "context_team_id": context.app.team_id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        return seen | {"user": channel.person, "is_open": True, "priority": 0}
    return seen | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": False,
        "is_private": channel.kind == "private",
        "is_general": False,
        "creator": channel.creator,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_member": context.app.bot_user_id in channel.members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def _user(context: ApiContext, person: Person, *, with_locale: bool) -> Json:
    zone = context.workspace.now().astimezone(ZoneInfo(person.tz))
    offset = zone.utcoffset()
    return {
        "id": person.id,
        "team_id": person.home or context.app.team_id,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": person.deleted,
        "tz": person.tz,
        "tz_label": zone.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset is not None else 0,
        "is_admin": person.role in {"admin", "owner"},
        "is_owner": person.role == "owner",
        "is_primary_owner": False,
        "is_restricted": person.role in {"guest", "channel_guest"},
        "is_ultra_restricted": person.role == "channel_guest",
        **({"is_stranger": True} if person.home else {}),
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 0,
        "profile": {
            "real_name": person.real_name,
            "display_name": person.name,
            "team": context.app.team_id,
            **({"bot_id": context.app.bot_id} if person.is_bot else {}),
        },
        **({"locale": person.locale} if with_locale else {}),
    }
