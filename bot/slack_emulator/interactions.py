"""The interactions of people with the bot: commands, clicks, shortcuts, submissions, and what comes of each."""

from collections.abc import Callable, Mapping
from typing import Any

from . import elements as choices
from .blocks import elements
from .errors import MisuseError, RefusalError
from .grants import Grants
from .payloads import PayloadSender
from .posting import Poster
from .values import Answer, Channel, EventDelivery, Json, Person, PrivateMessage, SlackMessage, View
from .views import Views
from .workspace import WorkspaceState

Place = SlackMessage | PrivateMessage | View | tuple[str, str]
"""The place of a button: on a message (or its channel and ts), a private message, a Home tab or a modal."""


class Interactions:
    """Sends what people do and shows them what the bot acknowledges it with."""

    def __init__(
        self,
        workspace: WorkspaceState,
        sender: PayloadSender,
        grants: Grants,
        poster: Poster,
        views: Views,
        response_url: Callable[[str], str],
    ) -> None:
        self._app = workspace.app
        self._workspace = workspace
        self._sender = sender
        self._grants = grants
        self._poster = poster
        self._views = views
        self._response_url = response_url

    async def command(self, person: str, channel: Channel, name: str, text: str) -> Answer:
        """Type a slash command."""
        command = self._app.commands.get(name)
        if command is None or not self._app.has_any("commands"):
            return Answer(False, "invalid_command", None, None)
        response = self._grants.response(person, channel.id)
        delivery = await self._sender.send(
            "slash_commands",
            {
                "token": self._app.verification_token,
                "team_id": self._app.team_id,
                "team_domain": self._app.domain,
                "channel_id": channel.id,
                "channel_name": channel.command_name,
                "user_id": person,
                "user_name": self._workspace.people[person].name,
                "command": name,
                "text": self._workspace.typed(text, labelled=True) if command.escapes else text,
                "api_app_id": self._app.app_id,
                **self._of_organization(),
                "response_url": self._response_url(response),
                "trigger_id": self._grants.trigger(person),
            },
            takes_payload=True,
        )
        if error := _failure(delivery):
            return Answer(False, error, None, delivery)
        payload = {"text": delivery.answer} if isinstance(delivery.answer, str) else delivery.answer
        if not isinstance(payload, dict) or not {"text", "blocks", "attachments"} & payload.keys():
            return Answer(True, None, payload, delivery)
        try:
            # The acknowledgement's body says what a response_url would, without using it up.
            self._poster.respond(self._grants.response_of(response), payload, "acknowledgement")
        except RefusalError as refusal:
            messages = (refusal.error, *refusal.messages)
            return Answer(False, "invalid_command_response", payload, delivery, messages)
        return Answer(True, None, payload, delivery)

    async def act(self, person: str, place: Place, action_id: str, block_id: str | None, choice: Any) -> Answer:
        """Click a button or choose from a menu. MisuseError when it is not there."""
        shown = self._shown(place)
        url, blocks = _where(shown, action_id)
        block, element = _find(blocks, action_id, block_id, choice)
        entry = choices.action(block, element, choice, self._workspace.event_stamps.next())
        state = choices.state([*elements(blocks)], {(block["block_id"], action_id): choice})
        if url is not None and isinstance(shown, SlackMessage):
            payload: Json = {**self._from_preview(person, shown, url), "state": state}
        elif isinstance(shown, View):
            payload = {
                "container": {"type": "view", "view_id": shown.id},
                "view": self._views.payload(shown, state),
            }
        else:
            payload = {**self._from_message(person, shown), "state": state}
        return await self._interact(person, "block_actions", {**payload, "actions": [entry]})

    async def shortcut(self, person: str, callback_id: str, message: SlackMessage | None) -> Answer:
        """Use a shortcut of the manifest: on a message, or anywhere."""
        declared = self._app.shortcuts.get(callback_id)
        if declared is None or (declared.kind == "message") != (message is not None):
            raise MisuseError(f"the manifest declares no such shortcut: {callback_id}")
        if not self._app.has_any("commands"):
            raise MisuseError(f"without the scope commands nobody is offered {callback_id}")
        about: Json = {"callback_id": callback_id, "action_ts": self._workspace.event_stamps.next()}
        if message is None:
            return await self._interact(person, "shortcut", about)
        response = self._grants.response(person, message.channel, message.ts)
        channel = self._workspace.channels[message.channel]
        return await self._interact(
            person,
            "message_action",
            about
            | {
                "message_ts": message.ts,
                "message": message.snapshot(),
                "channel": {"id": channel.id, "name": channel.command_name},
                "response_url": self._response_url(response),
            },
        )

    async def submit(self, view: View, values: Mapping[str, Any]) -> Answer:
        """Send off the modal on top, filled in; what the bot answers happens to it."""
        view = self._views.current(view)
        state = choices.filled_in([*elements(view.blocks)], values)
        payload = {"view": self._views.payload(view, state), "response_urls": []}
        answer = await self._interact(view.person, "view_submission", payload, takes_payload=True)
        return self._after_submission(view, answer) if answer.ok else answer

    async def close(self, view: View, *, everything: bool) -> Answer | None:
        """Close the modal on top, or all; the bot is told when the view asks for it."""
        self._views.close(view.person, everything=everything or bool(view.content.get("clear_on_close")))
        if not view.content.get("notify_on_close"):
            return None
        payload = {"view": self._views.payload(view), "is_cleared": everything}
        return await self._interact(view.person, "view_closed", payload, trigger=False)

    def _after_submission(self, view: View, answer: Answer) -> Answer:
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        try:
            match payload.get("response_action"):
                case "errors":
                    return self._show_errors(view, payload, answer)
                case "clear":
                    self._views.close(view.person, everything=True)
                case "update":
                    self._views.update(self._views.current(view), payload.get("view"))
                case "push":
                    self._views.push(view.person, payload.get("view"))
                case _:
                    self._views.close(view.person)
        except RefusalError as refusal:
            return Answer(False, refusal.error, payload, answer.delivery, refusal.messages)
        return answer

    def _show_errors(self, view: View, payload: Json, answer: Answer) -> Answer:
        """Errors stand below inputs; of any other block Slack's client only says that something went wrong."""
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        named = payload.get("errors")
        if not isinstance(named, dict) or not named or not named.keys() <= inputs:
            return Answer(False, "invalid_errors", payload, answer.delivery)
        return Answer(False, "errors", payload, answer.delivery)

    async def _interact(
        self, person: str, kind: str, more: Json, *, takes_payload: bool = False, trigger: bool = True
    ) -> Answer:
        if not self._app.interactive:
            return Answer(False, "not_configured", None, None)
        who = self._workspace.people[person]
        payload: Json = {
            "type": kind,
            "token": self._app.verification_token,
            "api_app_id": self._app.app_id,
            "team": self._team(kind, who),
            "enterprise": self._app.payload_enterprise,
            "is_enterprise_install": self._app.enterprise == "organization",
            "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": who.home or self._app.team_id},
            **more,
        }
        if trigger:
            payload["trigger_id"] = self._grants.trigger(person)
        delivery = await self._sender.send("interactive", payload, takes_payload=takes_payload)
        error = _failure(delivery)
        return Answer(error is None, error, delivery.answer, delivery)

    def _of_organization(self) -> Json:
        """The fields of a command about the organization."""
        if self._app.enterprise is None:
            return {"is_enterprise_install": "false"}
        named = {"enterprise_id": self._app.enterprise_id, "enterprise_name": self._app.enterprise_name}
        return {**named, "is_enterprise_install": "true" if self._app.enterprise == "organization" else "false"}

    def _team(self, kind: str, who: Person) -> Json | None:
        """The workspace of an interaction: of a form, that of whoever filled it in, be it another than the app's.

        With an app that is installed in a whole organization it may be missing (slack_bolt, request/internals.py).
        """
        if self._app.enterprise == "organization":
            return None
        if who.home and kind in {"view_submission", "view_closed"}:
            return {"id": who.home, "domain": "elsewhere"}
        return {"id": self._app.team_id, "domain": self._app.domain}

    def _from_message(self, person: str, shown: SlackMessage | PrivateMessage) -> Json:
        channel = self._workspace.channels[shown.channel]
        private = isinstance(shown, PrivateMessage)
        container: Json = {
            "type": "message",
            "message_ts": shown.ts,
            "channel_id": channel.id,
            "is_ephemeral": private,
        }
        if shown.thread_ts is not None:
            container["thread_ts"] = shown.thread_ts
        original = shown if isinstance(shown, PrivateMessage) else shown.ts
        response = self._grants.response(person, channel.id, original)
        payload: Json = {
            "container": container,
            "channel": {"id": channel.id, "name": channel.command_name},
            "response_url": self._response_url(response),
        }
        # Slack does not repeat the content of an ephemeral message.
        return payload if isinstance(shown, PrivateMessage) else {**payload, "message": shown.snapshot()}

    def _from_preview(self, person: str, shown: SlackMessage, url: str) -> Json:
        """A click in a preview tells of the preview, and of the message only where it is (java-slack-sdk#1038)."""
        payload = self._from_message(person, shown)
        del payload["message"]
        about = {"type": "message_attachment", "attachment_id": 1, "is_app_unfurl": True, "app_unfurl_url": url}
        unfurled = {"id": 1, "is_app_unfurl": True, "app_unfurl_url": url, **shown.unfurls[url]}
        return {**payload, "container": {**payload["container"], **about}, "app_unfurl": unfurled}

    def _shown(self, place: Place) -> SlackMessage | PrivateMessage | View:
        if isinstance(place, View):
            return self._views.current(place)
        if isinstance(place, PrivateMessage):
            for private in self._workspace.private_messages(place.person):
                if private.ts == place.ts:
                    return private
            raise MisuseError("this private message is gone")
        channel, ts = (place.channel, place.ts) if isinstance(place, SlackMessage) else place
        message = self._workspace.message(channel, ts)
        if message is None:
            raise MisuseError(f"there is no message {ts} in {channel}")
        return message


def _where(shown: SlackMessage | PrivateMessage | View, action_id: str) -> tuple[str | None, tuple[Json, ...]]:
    """The blocks to act on: the message's own, or those of its preview of an address."""
    unfurls = shown.unfurls if isinstance(shown, SlackMessage) else {}
    for url, card in unfurls.items():
        blocks = tuple(card.get("blocks", ()))
        if any(element["action_id"] == action_id for _, element in elements(blocks)):
            return url, blocks
    return None, shown.blocks


def _find(blocks: tuple[Json, ...], action_id: str, block_id: str | None, choice: Any) -> tuple[Json, Json]:
    shown = [*elements(blocks)]
    fitting = [
        (block, element)
        for block, element in shown
        if element["action_id"] == action_id and block_id in (None, block["block_id"])
    ]
    if choice is not None and len(fitting) > 1:
        fitting = [each for each in fitting if choices.takes(each[1], choice)]
    if not fitting:
        there = [element["action_id"] for _, element in shown]
        raise MisuseError(f"there is no {action_id} to use here, only {there}")
    return fitting[0]


def _failure(delivery: EventDelivery) -> str | None:
    """The error that Slack's client shows when the app did not take it."""
    attempt = delivery.attempts[-1]
    if attempt.acked:
        return None
    if attempt.reason == "http_timeout":
        return "operation_timeout"
    if attempt.reason == "http_error" and attempt.status is not None:
        return "http_client_error" if attempt.status < 500 else "http_service_error"
    return "dispatch_failed"
