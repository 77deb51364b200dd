"""How a channel gets its papers: shown, set up, changed, paused, skipped, posted now and undone, by those who may.

Ids in a payload only say what somebody wants; whether they may is asked of Slack each time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.errors import ChangeUnknown, FormNotOpened, NotInvited
from bot.messages import channels as channel_messages
from bot.messages import digest
from bot.messages.channels import CALLBACK
from bot.rules.channels import Channel, ChannelState, undone
from bot.rules.due import last_listing_weekday
from bot.rules.permissions import Action, Denial, denial
from bot.rules.requests import RequestKind
from bot.rules.settings_form import changed_settings, merge_form
from handlers.deps import answer_path, explain, identify_asker, in_background, in_own_language, respond_privately
from handlers.modals import Outcome, fill_modal, open_modal
from handlers.requests import carry_out, keep_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.rules.channels import ChannelSettings
    from bot.rules.requests import Request
    from handlers.deps import AnswerPath, Asker, HandlerDeps

_CHANGES_SHOWN = 10
_CARDS_SHOWN = 1
_DAYS_COUNTED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class _Visit:
    """Somebody who may do what they want to do with a channel, and the channel as it stands."""

    asker: Asker
    channel: Channel
    has_paperboy: bool
    may_name_managers: bool


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the buttons of settings and to their form."""
    settings = _ChannelSettings(deps)

    def on(name: str, wanted: Action, work: Callable[[_Visit, AnswerPath], Awaitable[None]]) -> None:
        @app.action(f"channel_{name}")
        async def clicked(
            ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
        ) -> None:
            asker = await identify_asker(deps, body)
            await ack()
            path = answer_path(body, respond, client)
            in_background(deps, asker, path, lambda known: settings.visit(known, action["value"], wanted, path, work))

    def opens_form(name: str) -> None:
        @app.action(f"channel_{name}")
        async def clicked(
            ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
        ) -> None:
            asker = await identify_asker(deps, body)
            await ack()
            path = answer_path(body, respond, client)
            deps.background.start(settings.show_form(asker, action["value"], path, str(body.get("trigger_id"))))

    def asks(name: str, kind: RequestKind) -> None:
        """Of what changes something, the wish is on disk before it is acknowledged."""

        @app.action(f"channel_{name}")
        async def clicked(
            ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
        ) -> None:
            asker = await identify_asker(deps, body)
            cause, value = action["action_ts"], action["value"]
            requests = await keep_request(deps, asker, body, kind, cause=cause, value=value)
            await ack()
            await carry_out(deps, asker, answer_path(body, respond, client), requests, change_asked)

    asks("use_defaults", RequestKind.START)
    asks("resume", RequestKind.RESUME)
    asks("pause", RequestKind.PAUSE)
    asks("skip", RequestKind.SKIP)
    asks("unskip", RequestKind.UNSKIP)
    asks("post_now", RequestKind.POST_NOW)
    asks("undo", RequestKind.UNDO)
    on("preview", Action.PREVIEW, settings.preview)
    on("changes", Action.SHOW_CHANGES, settings.show_changes)
    opens_form("set_up")
    opens_form("change")

    @app.view(CALLBACK)
    async def submitted(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """What is wrong with the form is shown in it at once; whether it may be saved is then asked of Slack."""
        asker = await identify_asker(deps, body)
        about = json.loads(view["private_metadata"])
        channel = await settings.known(asker, about["channel"])
        wanted = merge_form(view, channel.settings, changed_before=about.get("changed", ()))
        if isinstance(wanted, list):
            await ack(response_action="errors", errors=channel_messages.form_errors(wanted, asker.language))
            return
        await ack(response_action="update", view=channel_messages.saving_modal(language=asker.language))
        path = replace(answer_path(body, respond, client), channel=channel.id)

        async def save(known: Asker) -> None:
            outcome = await settings.save(known, channel, wanted, names_managers=_names_managers(view))
            await fill_modal(deps, path, view["id"], outcome)

        in_background(deps, asker, path, save)


def _names_managers(view: Mapping[str, Any]) -> bool:
    """Whether a form that was sent off asked who may change the settings."""
    return "managers" in view["state"]["values"]


async def change_asked(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Do to a channel what a button said, if the asker may."""
    settings = _ChannelSettings(deps)
    wanted, do = _ASKED[request.kind]
    channel_id = request.value.partition(":")[0]
    await settings.visit(asker, channel_id, wanted, path, lambda visit, path: do(settings, visit, path, request))


async def settings_overview(deps: HandlerDeps, asker: Asker) -> Message:
    """How the channel somebody asks in gets its papers."""
    if asker.channel is None or asker.channel.startswith("D"):
        return channel_messages.only_in_channel(language=asker.language)
    channel = await _ChannelSettings(deps).known(asker, asker.channel)
    return channel_messages.overview(channel=channel, language=asker.language, now=deps.clock.now())


class _ChannelSettings:
    """What can be done with a channel; each method takes somebody who may."""

    def __init__(self, deps: HandlerDeps) -> None:
        self._deps = deps

    async def known(self, asker: Asker, channel_id: str) -> Channel:
        """The channel as it stands; one nobody has set up as it would be, as far as is known without asking Slack."""
        known = await self._deps.store.channels.find(asker.team, channel_id)
        if known:
            return known
        defaults = await self._deps.workspaces[asker.team].invitations.settings_as_known(asker.user)
        return Channel(asker.team, channel_id, defaults, state=ChannelState.NEW)

    async def show_form(self, asker: Asker, channel_id: str, path: AnswerPath, trigger_id: str) -> None:
        """Open the form of a channel: at once, saying that it waits; filled in once Slack told who may see it."""
        try:
            waiting = channel_messages.waiting_modal(language=asker.language)
            view_id = await open_modal(path, trigger_id, waiting)
        except FormNotOpened as error:
            asker = await in_own_language(self._deps, asker)
            await respond_privately(path, explain(error, asker.language))
            return
        await fill_modal(self._deps, path, view_id, await self._form(asker, channel_id))

    async def _form(self, asker: Asker, channel_id: str) -> Outcome:
        try:
            asker = await in_own_language(self._deps, asker)
            visit = await self._permitted(asker, channel_id, Action.CHANGE)
        except Exception as error:
            return _failed(explain(error, asker.language), asker.language)
        if isinstance(visit, Denial):
            return _failed(channel_messages.denied(denial=visit, language=asker.language), asker.language)
        form = channel_messages.settings_modal(
            channel=visit.channel, language=asker.language, may_name_managers=visit.may_name_managers
        )
        return Outcome(form, channel_messages.form_not_opened(language=asker.language))

    async def visit(
        self,
        asker: Asker,
        channel_id: str,
        wanted: Action,
        path: AnswerPath,
        work: Callable[[_Visit, AnswerPath], Awaitable[None]],
    ) -> None:
        """Do `work` if the asker may, else tell them why not."""
        visit = await self._permitted(asker, channel_id, wanted)
        if isinstance(visit, Denial):
            await respond_privately(path, channel_messages.denied(denial=visit, language=asker.language))
        else:
            await work(visit, path)

    async def _permitted(self, asker: Asker, channel_id: str, *wanted: Action) -> _Visit | Denial:
        conversations = self._deps.workspaces[asker.team].conversations
        room = await conversations.room(channel_id)
        actor = await conversations.actor(asker.user, room)
        channel = await self.known(asker, channel_id)
        managers = channel.settings.managers
        for action in wanted:
            if why := denial(actor, room, managers, action):
                return why
        may_name_managers = denial(actor, room, managers, Action.CHANGE_MANAGERS) is None
        return _Visit(asker, channel, room.has_paperboy, may_name_managers)

    async def start(self, visit: _Visit, path: AnswerPath, request: Request) -> None:
        """Let the papers come from now on."""
        if visit.channel.state is ChannelState.ACTIVE or await self._is_overtaken(visit, request, "state"):
            await self._show(visit, path)
            return
        news = "resumed" if visit.channel.state is ChannelState.PAUSED else "started"
        await self._start(visit)
        await self._show(visit, path, news)

    async def _is_overtaken(self, visit: _Visit, request: Request, setting: str) -> bool:
        """Whether the same was changed after the request came: a later word, or the work of who died over it."""
        log = await self._deps.store.channels.changes(visit.channel.team, visit.channel.id, limit=_CHANGES_SHOWN)
        return any(change.setting == setting and change.at > request.at for change in log)

    async def _start(self, visit: _Visit) -> None:
        if not visit.has_paperboy:
            raise NotInvited
        store, now, channel = self._deps.store, self._deps.clock.now(), visit.channel
        await store.channels.create(replace(channel, owner=visit.asker.user, since=now), now=now)
        await store.channels.start(
            channel.team, channel.id, latest=last_listing_weekday(now), user=visit.asker.user, now=now
        )

    async def pause(self, visit: _Visit, path: AnswerPath, request: Request) -> None:
        """Begin nothing new in the channel."""
        store, now, channel = self._deps.store, self._deps.clock.now(), visit.channel
        paused = not await self._is_overtaken(visit, request, "state") and await store.channels.pause(
            channel.team, channel.id, user=visit.asker.user, now=now
        )
        await self._show(visit, path, "paused" if paused else None)

    async def skip(self, visit: _Visit, path: AnswerPath, request: Request) -> None:
        """Leave the next post out, or do not."""
        store, now, channel = self._deps.store, self._deps.clock.now(), visit.channel
        wanted = request.kind is RequestKind.SKIP
        changed = not await self._is_overtaken(visit, request, "skip_next") and await store.channels.set_skip_next(
            channel.team, channel.id, wanted, user=visit.asker.user, now=now
        )
        news = "skipping" if wanted else "unskipping"
        await self._show(visit, path, news if changed else None)

    async def preview(self, visit: _Visit, path: AnswerPath) -> None:
        """Show what the channel would get, to the asker alone."""
        daily = self._deps.workspaces[visit.channel.team].daily
        shown = await daily.preview(visit.channel.settings, most_cards=_CARDS_SHOWN)
        for message in shown or [channel_messages.told("no_preview", language=visit.asker.language)]:
            await respond_privately(path, message)

    async def post_now(self, visit: _Visit, path: AnswerPath, request: Request) -> None:
        """Bring the channel what it would get next, unless days came to it since that was begun."""
        language, channel = visit.asker.language, visit.channel
        had = await self._deps.store.posted.days_had(channel.team, channel.id, (request.at - _DAYS_COUNTED).date())
        step = f"posting:{len(had)}"
        if not request.step:
            if not await self._deps.requests.come_to(request, step):
                return
        elif request.step != step:
            await self._show(visit, path)
            return
        await respond_privately(path, channel_messages.told("posting", language=language))
        choice = await self._deps.workspaces[channel.team].schedule.post_now(channel.id)
        if choice is None:
            answer = channel_messages.told("not_served", language=language)
        elif choice.chosen:
            count = sum(len(chosen.papers) for chosen in choice.chosen)
            answer = channel_messages.told("posted", language=language, count=count)
        else:
            why = choice.waiting or (choice.without[-1] if choice.without else None)
            reason = digest.day_sentence(why, language) if why else ""
            answer = channel_messages.told("nothing_to_post", language=language, reason=reason)
        await respond_privately(path, answer)

    async def show_changes(self, visit: _Visit, path: AnswerPath) -> None:
        """Show what was changed, to the asker alone."""
        asker, channel = visit.asker, visit.channel
        log = await self._deps.store.channels.changes(channel.team, channel.id, limit=_CHANGES_SHOWN)
        zone = await self._deps.workspaces[asker.team].profiles.zone(asker.team, asker.user)
        await respond_privately(
            path, channel_messages.changes(channel=channel.id, log=log, language=asker.language, zone=zone)
        )

    async def undo(self, visit: _Visit, path: AnswerPath, request: Request) -> None:
        """Take one change back, unless the same was changed again since."""
        asker, channel, now = visit.asker, visit.channel, self._deps.clock.now()
        number = int(request.value.partition(":")[2])
        change = await self._deps.store.channels.change(channel.team, channel.id, number)
        if change is None:
            raise ChangeUnknown
        if change.setting == "managers" and not visit.may_name_managers:
            await respond_privately(path, channel_messages.denied(denial=Denial.KEEPERS_ONLY, language=asker.language))
            return
        if await self._is_overtaken(visit, request, change.setting):
            await self._show(visit, path)
            return
        if change.setting == "skip_next":
            done = channel.skip_next == json.loads(change.new) and await self._deps.store.channels.set_skip_next(
                channel.team, channel.id, json.loads(change.old), user=asker.user, now=now
            )
        else:
            before = undone(channel.settings, change)
            done = before is not None and bool(
                await self._deps.store.channels.change_settings(
                    channel.team, channel.id, before, user=asker.user, now=now
                )
            )
        await self._show(visit, path, "undone" if done else "undo_too_late")

    async def save(self, asker: Asker, channel: Channel, settings: ChannelSettings, *, names_managers: bool) -> Outcome:
        """Put the settings of a form in force. Where that fails the form comes back as it was filled in, saying why."""
        wanted = replace(channel, settings=settings)
        try:
            return await self._save(asker, wanted)
        except Exception as error:
            why = explain(error, asker.language)
            form = channel_messages.settings_modal(
                channel=wanted,
                language=asker.language,
                may_name_managers=names_managers,
                notice=why,
                changed=changed_settings(channel.settings, settings),
            )
            return Outcome(form, why, is_done=False)

    async def _save(self, asker: Asker, wanted: Channel) -> Outcome:
        store, now = self._deps.store, self._deps.clock.now()
        visit = await self._permitted(asker, wanted.id, Action.CHANGE)
        if not isinstance(visit, Denial) and visit.channel.settings.managers is not wanted.settings.managers:
            visit = await self._permitted(asker, wanted.id, Action.CHANGE_MANAGERS)
        if isinstance(visit, Denial):
            return _failed(channel_messages.denied(denial=visit, language=asker.language), asker.language)
        if visit.channel.state in {ChannelState.NEW, ChannelState.LEFT}:
            await self._start(visit)
        await store.channels.change_settings(wanted.team, wanted.id, wanted.settings, user=asker.user, now=now)
        saved = await self.known(asker, wanted.id)
        done = channel_messages.done_modal(channel=saved, language=asker.language, now=now)
        return Outcome(done, channel_messages.told("saved", language=asker.language))

    async def _show(self, visit: _Visit, path: AnswerPath, news: str | None = None) -> None:
        channel = await self.known(visit.asker, visit.channel.id)
        said = channel_messages.overview(
            channel=channel, language=visit.asker.language, now=self._deps.clock.now(), news=news
        )
        await respond_privately(path, said, in_place=True)


def _failed(why: Message, language: str) -> Outcome:
    return Outcome(channel_messages.modal_saying(why, language=language), why, is_done=False)


_ASKED: Mapping[
    RequestKind, tuple[Action, Callable[[_ChannelSettings, _Visit, AnswerPath, Request], Awaitable[None]]]
] = {
    RequestKind.START: (Action.CHANGE, _ChannelSettings.start),
    RequestKind.RESUME: (Action.RESUME, _ChannelSettings.start),
    RequestKind.PAUSE: (Action.PAUSE, _ChannelSettings.pause),
    RequestKind.SKIP: (Action.SKIP, _ChannelSettings.skip),
    RequestKind.UNSKIP: (Action.SKIP, _ChannelSettings.skip),
    RequestKind.POST_NOW: (Action.POST_NOW, _ChannelSettings.post_now),
    RequestKind.UNDO: (Action.UNDO, _ChannelSettings.undo),
}
