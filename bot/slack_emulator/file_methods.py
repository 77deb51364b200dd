"""Web API methods about files (docs.slack.dev, reference/methods)."""

import re

from .chat_methods import readable
from .errors import RefusalError
from .files import LARGEST, LARGEST_SNIPPET
from .values import Channel, Json, SlackFile
from .web_api import ApiContext, Arguments, Methods

LONGEST_ALT_TEXT = 1000
# A person's ID is refused so, in these words (slackapi/bolt-js#2115).
_CONVERSATION = re.compile(r"[CGDZ][A-Z0-9]{8,}")


method = Methods()


@method("files.getUploadURLExternal", "files:write")
def announce_upload(context: ApiContext, arguments: Arguments) -> Json:
    """The address to which the bytes of a file are to be sent, and the file's ID."""
    name, length = arguments.required("filename"), arguments.number("length", 0)
    if length <= 0:
        raise RefusalError("invalid_arguments", messages=["[ERROR] must be greater than 0 [json-pointer:/length]"])
    if len(arguments.text("alt_txt") or "") > LONGEST_ALT_TEXT:
        raise RefusalError("alt_txt_too_large")
    if arguments.text("snippet_type") and length > LARGEST_SNIPPET:
        raise RefusalError("snippet_too_large")
    if length > LARGEST:
        raise RefusalError("file_upload_size_restricted")
    url, file_id = context.files.announce(name, length)
    return {"upload_url": url, "file_id": file_id}


@method("files.completeUploadExternal", "files:write")
def complete_upload(context: ApiContext, arguments: Arguments) -> Json:
    """Make files of uploads and share them in conversations; in none, they are the bot's alone.

    They are shared later than the answer, which names no conversation yet (slackapi/bolt-js#2115).
    """
    named = arguments.structure("files")
    if not isinstance(named, list) or not named or not all(isinstance(each, dict) and "id" in each for each in named):
        raise RefusalError("invalid_arguments", messages=["[ERROR] must provide an array [json-pointer:/files]"])
    conversations = _conversations(context, arguments)
    thread_ts = arguments.text("thread_ts")
    blocks = context.poster.read({"blocks": arguments.fields.get("blocks")}).blocks or ()
    files = [context.files.complete(str(each["id"]), each.get("title"), context.app) for each in named]
    comment = arguments.text("initial_comment")
    for channel in conversations:
        _share(context, channel, files, comment or "", () if comment else blocks, thread_ts)
    unshared: Json = {"channels": [], "groups": [], "ims": [], "shares": {}}
    return {"files": [{**context.files.snapshot(each), **unshared} for each in files]}


def _conversations(context: ApiContext, arguments: Arguments) -> list[Channel]:
    named = arguments.text("channel_id")
    if named is not None and _CONVERSATION.fullmatch(named) is None:
        problem = f"[ERROR] input must match regex pattern: ^{_CONVERSATION.pattern}$ [json-pointer:/channel_id]"
        raise RefusalError("invalid_arguments", messages=[problem])
    ids = [named] if named else (arguments.text("channels") or "").split(",")
    found = [readable(context, each.strip()) for each in ids if each.strip()]
    for channel in found:
        if channel.archived:
            raise RefusalError("posting_to_channel_denied")
        if context.app.bot_user_id not in channel.members:
            raise RefusalError("not_in_channel")
    return found


def _share(
    context: ApiContext,
    channel: Channel,
    files: list[SlackFile],
    text: str,
    blocks: tuple[Json, ...],
    thread_ts: str | None,
) -> None:
    app = context.app
    message = context.workspace.post(
        channel.id,
        text=text,
        blocks=blocks,
        user=app.bot_user_id,
        bot_id=app.bot_id,
        app_id=app.app_id,
        team=app.team_id,
        thread_ts=context.poster.thread(channel.id, thread_ts) if thread_ts else None,
        files=tuple(context.files.snapshot(each) for each in files),
    )
    context.events.posted(message)
