"""The buttons and the form of a channel's settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.errors import FormNotOpened
from bot.messages import channels as channel_messages
from bot.messages.channels import CALLBACK
from bot.rules.channel_changes import PERMISSION_FOR, Attempt, starts_when_saved
from bot.rules.permissions import Action, Denial
from bot.rules.requests import RequestKind
from bot.rules.settings_form import OpenForm, Step, form_to_open, read_changes, with_changes
from bot.rules.slack_ids import is_direct_message
from handlers.answers import answer_path, explain, replace_message, run_in_background, send_answer
from handlers.asker import identify_asker, with_own_language
from handlers.home import show_again
from handlers.modals import ModalResult, fill_modal, open_modal
from handlers.requests import carry_out, keep_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.rules.channel_changes import ChangeResult
    from bot.rules.channels import Channel
    from bot.rules.requests import Request
    from bot.templating.blocks import Block
    from bot.use_cases.channel_changes import Permitted
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

    Show = Callable[[HandlerDeps, Asker, AnswerPath, Permitted], Awaitable[None]]


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the buttons of settings and to their form."""

    def shows(name: str, wanted: Action, show: Show) -> None:
        @app.action(f"channel_{name}")
        async def clicked(
            ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
        ) -> None:
            asker = await identify_asker(deps, body)
            await ack()
            path = answer_path(deps, body, respond, client)

            async def show_if_permitted(known: Asker) -> None:
                permitted = await deps.channel_changes(known.team).permit(
                    known.team, known.user, action["value"], wanted
                )
                if isinstance(permitted, Denial):
                    await send_answer(path, channel_messages.denied(denial=permitted, language=known.language))
                else:
                    await show(deps, known, path, permitted)

            run_in_background(deps, asker, path, show_if_permitted)

    def opens_form(name: str, step: Step | None = None) -> None:
        @app.action(f"channel_{name}")
        async def clicked(
            ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
        ) -> None:
            asker = await identify_asker(deps, body)
            await ack()
            path = answer_path(deps, body, respond, client)
            deps.background.of(asker.team).start(_open_form(deps, asker, path, body, action["value"], step))

    def requests(name: str, kind: RequestKind) -> None:
        """Register a button whose change is on disk before it is acknowledged."""

        @app.action(f"channel_{name}")
        async def clicked(
            ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
        ) -> None:
            asker = await identify_asker(deps, body)
            cause, value = action["action_ts"], action["value"]
            kept = await keep_request(deps, asker, body, kind, cause=cause, value=value)
            await ack()
            await carry_out(deps, asker, answer_path(deps, body, respond, client), kept, do_requested_change)

    requests("use_defaults", RequestKind.START)
    requests("resume", RequestKind.RESUME)
    requests("pause", RequestKind.PAUSE)
    requests("skip", RequestKind.SKIP)
    requests("unskip", RequestKind.UNSKIP)
    requests("post_now", RequestKind.POST_NOW)
    requests("undo", RequestKind.UNDO)
    shows("preview", Action.PREVIEW, _show_preview)
    shows("changes", Action.SHOW_CHANGES, _show_changes)
    opens_form("set_up")
    opens_form("change")  # of messages of release 0.5.0
    for step in Step:
        opens_form(f"change_{step}", step)

    @app.view(CALLBACK)
    async def submitted(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Show at once what is wrong with the form; else ask Slack whether this person may save it."""
        asker = await identify_asker(deps, body)
        form = OpenForm.parse(view["private_metadata"])
        channel = await deps.channel_changes(asker.team).find(asker.team, asker.user, form.channel)
        changes = read_changes(view, channel.settings, changed_before=form.changed)
        if isinstance(changes, list):
            await ack(response_action="errors", errors=channel_messages.form_errors(changes, asker.language))
            return
        await ack(response_action="update", view=channel_messages.saving_modal(language=asker.language))
        path = replace(answer_path(deps, body, respond, client), channel=channel.id)

        async def save(known: Asker) -> None:
            result, overview = await _save(deps, known, form, channel, changes, names_managers=_names_managers(view))
            await fill_modal(deps, path, view["id"], result)
            if overview and form.response_url:
                await replace_message(replace(path, respond=deps.respond_to(form.response_url)), overview)
            elif overview:
                show_again(deps, known, body)

        run_in_background(deps, asker, path, save)


def _names_managers(view: Mapping[str, Any]) -> bool:
    """Whether a form that was sent off asked who may change the settings."""
    return "managers" in view["state"]["values"]


async def settings_overview(deps: HandlerDeps, asker: Asker, wish: str | None = None) -> Message:
    """The settings of the channel in which somebody asks, and which button is for what they wish."""
    if asker.channel is None or is_direct_message(asker.channel):
        return channel_messages.only_in_channel(language=asker.language)
    channel = await deps.channel_changes(asker.team).find(asker.team, asker.user, asker.channel)
    return channel_messages.overview(channel=channel, language=asker.language, now=deps.clock.now(), wish=wish)


async def do_requested_change(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Do to a channel what a button said, if the asker may."""
    changes = deps.channel_changes(asker.team)
    channel_id, _, number = request.value.partition(":")
    permitted = await changes.permit(asker.team, asker.user, channel_id, PERMISSION_FOR[request.kind])
    if isinstance(permitted, Denial):
        await send_answer(path, channel_messages.denied(denial=permitted, language=asker.language))
        return
    result: ChangeResult | Denial | None = None
    match request.kind:
        case RequestKind.START | RequestKind.RESUME:
            result = await changes.start(permitted, asked_at=request.at)
        case RequestKind.PAUSE:
            result = await changes.pause(permitted, asked_at=request.at)
        case RequestKind.SKIP | RequestKind.UNSKIP:
            skips = request.kind is RequestKind.SKIP
            result = await changes.skip(permitted, skips=skips, asked_at=request.at)
        case RequestKind.UNDO:
            result = await changes.undo(permitted, int(number), asked_at=request.at)
        case RequestKind.POST_NOW:
            attempt = await changes.attempt_posting(permitted.channel, request)
            if attempt is not Attempt.OVERTAKEN:
                await _post_now(deps, asker, path, permitted, attempt)
                return
    if isinstance(result, Denial):
        await send_answer(path, channel_messages.denied(denial=result, language=asker.language))
        return
    channel = await changes.find(asker.team, asker.user, channel_id)
    overview = channel_messages.overview(
        channel=channel, language=asker.language, now=deps.clock.now(), news=result.value if result else None
    )
    await send_answer(path, overview, in_place=True)


async def _post_now(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, permitted: Permitted, attempt: Attempt | None
) -> None:
    """Post unless another process does."""
    if attempt is None:
        return
    await send_answer(path, channel_messages.news("posting", language=asker.language))
    posted = await deps.channel_changes(asker.team).post_now(permitted.channel)
    await send_answer(path, channel_messages.posted_now(posted=posted, language=asker.language))


async def _show_preview(deps: HandlerDeps, asker: Asker, path: AnswerPath, permitted: Permitted) -> None:
    preview = await deps.channel_changes(asker.team).preview(permitted.channel)
    labeled = channel_messages.preview(preview, language=asker.language)
    for message in labeled or [channel_messages.news("no_preview", language=asker.language)]:
        await send_answer(path, message)


async def _show_changes(deps: HandlerDeps, asker: Asker, path: AnswerPath, permitted: Permitted) -> None:
    log = await deps.channel_changes(asker.team).latest(permitted.channel)
    zone = await deps.workspaces[asker.team].profiles.zone(asker.team, asker.user)
    message = channel_messages.changes(channel=permitted.channel.id, log=log, language=asker.language, zone=zone)
    await send_answer(path, message)


async def _open_form(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, body: Mapping[str, Any], channel_id: str, step: Step | None
) -> None:
    """Open the form of a channel: at once, saying that it waits; filled in once Slack told who may see it."""
    try:
        view_id = await open_modal(
            path, str(body.get("trigger_id")), channel_messages.waiting_modal(language=asker.language)
        )
    except FormNotOpened as error:
        asker = await with_own_language(deps, asker)
        await send_answer(path, explain(error, asker.language))
        return
    await fill_modal(deps, path, view_id, await _form(deps, asker, body, channel_id, step))


async def _form(
    deps: HandlerDeps, asker: Asker, body: Mapping[str, Any], channel_id: str, step: Step | None
) -> ModalResult:
    try:
        asker = await with_own_language(deps, asker)
        permitted = await deps.channel_changes(asker.team).permit(asker.team, asker.user, channel_id, Action.CHANGE)
    except Exception as error:
        return _failed(explain(error, asker.language), asker.language)
    if isinstance(permitted, Denial):
        return _failed(channel_messages.denied(denial=permitted, language=asker.language), asker.language)
    form = form_to_open(
        channel_id,
        permitted.channel.state,
        step,
        response_url=body.get("response_url"),
        is_ephemeral=bool((body.get("container") or {}).get("is_ephemeral")),
    )
    shown = _shown(permitted, form, asker.language)
    return ModalResult(shown, channel_messages.form_not_opened(language=asker.language))


def _shown(permitted: Permitted, form: OpenForm, language: str) -> Block:
    return channel_messages.settings_modal(
        channel=permitted.channel, form=form, language=language, may_name_managers=permitted.may_name_managers
    )


async def _save(
    deps: HandlerDeps,
    asker: Asker,
    form: OpenForm,
    channel: Channel,
    changes: Mapping[str, Any],
    *,
    names_managers: bool,
) -> tuple[ModalResult, Message | None]:
    """Put what somebody changed in force; the next step or that it is done, and how the channel stands then.

    Where that fails the form comes back as it was filled in, saying why.
    """
    try:
        saved = await deps.channel_changes(asker.team).save(
            asker.team, asker.user, channel.id, changes, starts=form.completes
        )
    except Exception as error:
        why = explain(error, asker.language)
        again = channel_messages.settings_modal(
            channel=replace(channel, settings=with_changes(channel.settings, changes)),
            form=replace(form, changed=frozenset(changes)),
            language=asker.language,
            may_name_managers=names_managers,
            notice=why,
        )
        return ModalResult(again, why, is_done=False), None
    if isinstance(saved, Denial):
        return _failed(channel_messages.denied(denial=saved, language=asker.language), asker.language), None
    now, has_started = deps.clock.now(), form.completes and starts_when_saved(channel.state)
    overview = channel_messages.overview(
        channel=saved.channel, language=asker.language, now=now, news="started" if has_started else "saved"
    )
    if form.next:
        shown = _shown(saved, form.next, asker.language)
    else:
        shown = channel_messages.done_modal(
            channel=saved.channel, language=asker.language, now=now, has_started=has_started
        )
    return ModalResult(shown, channel_messages.news("saved", language=asker.language)), overview


def _failed(why: Message, language: str) -> ModalResult:
    return ModalResult(channel_messages.message_modal(why, language=language), why, is_done=False)
