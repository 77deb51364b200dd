"""Messages and forms about a channel's settings, for the people who manage it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.messages.daily_digest import clock_time
from bot.messages.digest_notes import day_sentence
from bot.messages.message import Message
from bot.rules.channel_changes import is_changeable, possible_actions, starts_when_saved
from bot.rules.channels import EVERY_DAY, ChannelState, Managers, decoded, next_digest_date
from bot.rules.permissions import Denial
from bot.rules.settings_form import (
    LONGEST_WORD,
    MOST_PAPERS,
    MOST_SKIPPED,
    MOST_VOTES,
    MOST_WORDS,
    SETTINGS_OF,
    Step,
    button_for,
    written_dates,
)
from bot.templating.catalogues import catalogue, named_languages
from bot.templating.environment import render_view
from bot.text.clean import clean_text, isolated, shorten
from bot.text.zones import zone_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from bot.rules.channel_changes import PostedNow
    from bot.rules.channels import Change, Channel, ChannelSettings
    from bot.rules.settings_form import Mistake, OpenForm
    from bot.templating.blocks import Block
    from bot.templating.catalogues import Catalogue

CALLBACK = "channel_settings"
# Slack's limit for the value of a plain-text input, and a text a modal can show without a scroll bar of its own.
_LONGEST_LIST = min(3000, MOST_WORDS * (LONGEST_WORD + 2))
_LONGEST_DATES = min(3000, MOST_SKIPPED * 12)
_VALUE = 150
# Settings that are named only where they are used.
_MINOR = frozenset(
    {
        *("minimum_votes", "include_words", "exclude_words", "second_language", "skip_dates", "late_risers", "unfurl"),
        "team_recap",
    }
)
# These say together when digests come.
_TOLD_AS_DAYS = frozenset({"post_at", "timezone", "weekdays"})
_WORKDAYS = frozenset(range(5))


def welcome(*, channel: Channel, language: str, has_preview: bool) -> Message:
    """Welcome to whoever invited Paperboy to a channel, before anything is posted there."""
    return Message.of(
        "channel_welcome",
        language,
        channel=channel.id,
        groups=_groups(channel, language),
        note=catalogue(language).t("welcome.preview" if has_preview else "welcome.no_preview"),
        buttons=_buttons(channel),
    )


def overview(
    *,
    channel: Channel,
    language: str,
    now: datetime,
    news: str | None = None,
    by: str | None = None,
    wish: str | None = None,
) -> Message:
    """A channel's settings and buttons to change them; opened by `news` where something just changed.

    `news` is a key of the catalogue without its `news.`; `by` is who changed it, where that is told. A `wish`, one of
    `bot.rules.commands`, is what somebody typed they want: which button is for that is said below the settings.
    """
    return Message.of(
        "channel_overview",
        language,
        channel=channel.id,
        news=f"news.{news}" if news else None,
        by=by,
        state=state_line(channel, language, now),
        wish=_how_to(wish, channel, language) if wish else None,
        groups=_groups(channel, language),
        buttons=_buttons(channel),
    )


def set_up(*, channel: Channel, by: str | None, reader: str, language: str, now: datetime) -> Message:
    """The message that replaces a welcome once its channel is set up: by its reader, others or the environment."""
    if by == reader:
        return overview(channel=channel, language=language, now=now, news="started")
    return overview(channel=channel, language=language, now=now, news="set_up" if by else "set_up_itself", by=by)


def news(key: str, *, language: str, **values: object) -> Message:
    """One sentence: the `news` under this key."""
    return Message.of("_sentence", language, sentence=catalogue(language).t(f"news.{key}", **values))


def preview(messages: Sequence[Message], *, language: str) -> list[Message]:
    """The messages that a channel would get, each marked as a preview, which nobody else sees."""
    label = Message.of("preview_label", language)
    return [Message(f"{label.text} {each.text}", (*label.blocks, *each.blocks)) for each in messages]


def posted_now(*, posted: PostedNow, language: str) -> Message:
    """The result of posting at once."""
    if not posted.is_served:
        return news("not_served", language=language)
    if posted.count:
        return news("posted", language=language, count=posted.count)
    if posted.why is None:
        return news("nothing_new", language=language)
    return news("nothing_to_post", language=language, reason=day_sentence(posted.why, language))


def denied(*, denial: Denial, language: str) -> Message:
    """The reason why somebody may not do what they asked for."""
    return Message.of("_sentence", language, sentence=catalogue(language).t(f"denied.{denial}"))


def share_denied(*, denial: Denial, language: str) -> Message:
    """The reason why somebody may not show a paper to everybody where they are."""
    key = "denied.nobody_here" if denial is Denial.NOT_A_CHANNEL else f"denied.{denial}"
    return Message.of("_sentence", language, sentence=catalogue(language).t(key))


def only_in_channel(*, language: str) -> Message:
    """Answer to people who ask for settings outside of a channel."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("channel.only_in_channel"))


def changes(*, channel: str, log: Sequence[Change], language: str, zone: tzinfo) -> Message:
    """The changes to a channel's settings, latest first, each with a way to undo it; moments are told in `zone`."""
    words = catalogue(language)
    shown = []
    for change in log:
        at = change.at.astimezone(zone)
        shown.append(
            {
                "id": f"{channel}:{change.id}",
                "user": change.user,
                "date": words.short_date(at.date()),
                "time": clock_time(at),
                "setting": words.t(f"setting.{change.setting}"),
                "old": _logged(change.setting, change.old, words),
                "new": _logged(change.setting, change.new, words),
                "can_be_undone": change.user is not None and change.setting != "state",
            }
        )
    return Message.of("channel_changes", language, channel=channel, changes=shown)


def settings_modal(
    *, channel: Channel, form: OpenForm, language: str, may_name_managers: bool, notice: Message | None = None
) -> Block:
    """A form of a channel's settings; `may_name_managers` also says who may change them.

    A `notice` on top tells why what was filled in is not saved yet.
    """
    settings = channel.settings
    groups = [(region, [(zone, zone) for zone in zones]) for region, zones in zone_groups()]
    if not any(settings.timezone in zones for _, zones in zone_groups()):
        groups.insert(0, (settings.timezone, [(settings.timezone, settings.timezone)]))
    view = render_view(
        "channel_settings",
        language,
        channel=channel.id,
        title=_form_title(form, language),
        submit=_submit_key(form, channel),
        close="modal.close" if form.leads_on and form.step is not Step.WHEN else "modal.cancel",
        is_quiet_yet=form.leads_on and starts_when_saved(channel.state),
        steps=form.steps,
        step_count=str(len(Step)),
        settings=settings,
        weekdays=[str(day) for day in sorted(settings.weekdays)],
        skip_dates=written_dates(settings.skip_dates),
        include_words=", ".join(settings.include_words),
        exclude_words=", ".join(settings.exclude_words),
        also_posted=[name for name in ("late_risers", "team_recap") if getattr(settings, name)],
        zones=groups,
        languages=_offered_languages(settings),
        most={"papers": MOST_PAPERS, "votes": MOST_VOTES, "words": _LONGEST_LIST, "dates": _LONGEST_DATES},
        may_name_managers=may_name_managers,
    )
    if notice:
        view = {**view, "blocks": [*notice.blocks, *view["blocks"]]}
    return {**view, "callback_id": CALLBACK, "private_metadata": form.to_metadata()}


def _form_title(form: OpenForm, language: str) -> str:
    words = catalogue(language)
    if form.step is None:
        return words.t("modal.title")
    step = words.t(f"step.{form.step}")
    if not form.leads_on:
        return step
    steps = tuple(Step)
    return words.t("modal.step", step=step, number=str(steps.index(form.step) + 1), count=str(len(steps)))


def _submit_key(form: OpenForm, channel: Channel) -> str:
    if form.next:
        return "modal.save_and_continue"
    starts = form.completes and starts_when_saved(channel.state)
    return "modal.save_and_start" if starts else "modal.save"


def _offered_languages(settings: ChannelSettings) -> list[str]:
    chosen = [language for language in (settings.language, settings.second_language) if language]
    return list(dict.fromkeys([*named_languages(), *chosen]))


def saving_modal(*, language: str) -> Block:
    """A modal that replaces the form until all is checked and saved."""
    return _told_in_modal(catalogue(language).t("modal.saving"), language)


def done_modal(*, channel: Channel, language: str, now: datetime, has_started: bool = False) -> Block:
    """A modal that replaces the form once its settings are in force."""
    return render_view(
        "channel_settings_done",
        language,
        channel=channel.id,
        news="news.started" if has_started else "news.saved",
        state=state_line(channel, language, now),
        groups=_groups(channel, language, with_buttons=False),
    )


def waiting_modal(*, language: str) -> Block:
    """A modal that stands in for the form until Slack has told who may see it."""
    return _told_in_modal(catalogue(language).t("modal.checking"), language)


def message_modal(message: Message, *, language: str) -> Block:
    """A modal that replaces the form when there is only a message to show."""
    return {**_told_in_modal("", language), "blocks": list(message.blocks)}


def _told_in_modal(sentence: str, language: str) -> Block:
    return render_view("channel_settings_notice", language, sentence=sentence)


def form_not_opened(*, language: str) -> Message:
    """Answer to whoever asked for a form that could not be opened."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("error.form_not_opened"))


def failed_form(*, title: str, sentence: str, language: str) -> Block:
    """A modal, named as the form was, that replaces a form without fields when an error ended it."""
    return render_view("failed_form", language, title=title, sentence=sentence)


def form_errors(mistakes: Sequence[Mistake], language: str) -> dict[str, str]:
    """The texts that Slack shows below the fields of a form, by field; the first mistake in each."""
    words = catalogue(language)
    errors: dict[str, str] = {}
    for mistake in mistakes:
        names = words.names(mistake.key)
        errors.setdefault(mistake.field, words.t(mistake.key, **({"text": mistake.text} if "text" in names else {})))
    return errors


def _how_to(wish: str, channel: Channel, language: str) -> str:
    """The button that does what somebody wishes of a channel, or why there is none."""
    words, name = catalogue(language), button_for(wish, channel)
    stops = wish in {"pause", "unsubscribe", "skip"}
    if name is None:
        return words.t("wish.not_posted" if stops else "wish.posted")
    key = {"unsubscribe": "pause", "follow": "keywords", "mute": "keywords"}.get(wish, wish)
    step = name.removeprefix("change_")
    button = words.t(f"button_channel.{name}") if step == name else ""
    beside = button or words.t("wish.beside", change=words.t("button_channel.change"), step=words.t(f"step.{step}"))
    return words.t(f"wish.{key}", button=beside)


def state_line(channel: Channel, language: str, now: datetime) -> str:
    """The next digest of a channel in words, or why there is none."""
    words, settings = catalogue(language), channel.settings
    if channel.state is not ChannelState.ACTIVE:
        return words.t(f"channel.{channel.state}")
    next_date = next_digest_date(channel, now)
    if next_date is None:
        return words.t("channel.active_never")
    key = "channel.active_skipping" if channel.skip_next else "channel.active"
    at = words.t("said.at", time=f"{settings.post_at:%H:%M}", zone=settings.timezone)
    return words.t(key, date=words.long_date(next_date), time=at)


def _buttons(channel: Channel) -> list[dict[str, Any]]:
    """The buttons of a channel, by action; the first is the main one while nothing is posted there."""
    names = possible_actions(channel)
    main = names[0] if channel.state in {ChannelState.NEW, ChannelState.PAUSED} else None
    return [{"name": name, "is_main": name == main, "asks": name == "post_now"} for name in names]


def _groups(channel: Channel, language: str, *, with_buttons: bool = True) -> list[dict[str, Any]]:
    """The settings in words, step by step, and whether each step has a button to change it."""
    is_changed_here = with_buttons and is_changeable(channel.state)
    return [
        {"step": step, "can_be_changed": is_changed_here, "lines": _lines(step, channel.settings, language)}
        for step in Step
    ]


def _lines(step: Step, settings: ChannelSettings, language: str) -> list[tuple[str, str]]:
    """The settings of a step in words, what is not used left out: name and value."""
    words = catalogue(language)
    shown = [name for name in SETTINGS_OF[step] if name not in _TOLD_AS_DAYS]
    shown = [name for name in shown if name not in _MINOR or getattr(settings, name)]
    shown = [name for name in shown if name != "recap" or settings.recap != "none"]
    shown = [name for name in shown if name != "link_previews" or not settings.link_previews]
    told = [(words.t(f"setting.{name}"), _value(name, settings, words)) for name in shown]
    if not _TOLD_AS_DAYS.issubset(SETTINGS_OF[step]):
        return told
    when = words.t(
        "said.days_at",
        days=_value("weekdays", settings, words),
        time=f"{settings.post_at:%H:%M}",
        zone=settings.timezone,
    )
    return [(words.t("setting.weekdays"), when), *told]


def _value(name: str, settings: ChannelSettings, words: Catalogue) -> str:
    """A setting's value in words."""
    value = getattr(settings, name)
    match name:
        case "weekdays":
            text = _weekdays(value, words)
        case "skip_dates":
            text = written_dates(value) or words.t("said.nothing")
        case "include_words" | "exclude_words":
            nothing = words.t("said.anything" if name == "include_words" else "said.nothing")
            text = ", ".join(clean_text(word) for word in value) or nothing
        case "language":
            text = words.language_name(value)
        case "second_language":
            text = words.language_name(value) if value else words.t("said.nothing")
        case "late_risers" | "unfurl" | "link_previews" | "team_recap":
            text = words.t("said.yes" if value else "said.no")
        case "managers":
            text = words.t("choice.managers_only" if value is Managers.MANAGERS else "choice.managers_members")
        case "layout" | "day_choice" | "empty_days" | "recap":
            text = words.t(f"choice.{name}_{value}")
        case "post_at":
            text = f"{value:%H:%M}"
        case _:
            text = str(value)
    return isolated(shorten(text, _VALUE))


def _weekdays(days: frozenset[int], words: Catalogue) -> str:
    if days == EVERY_DAY:
        return words.t("said.every_day")
    if days == _WORKDAYS:
        return words.t("said.monday_to_friday")
    return ", ".join(words.listed("dates.weekdays")[day] for day in sorted(days))


def _logged(setting: str, text: str, words: Catalogue) -> str:
    """The value of a change in words."""
    if setting == "state":
        return words.t(f"state.{text}")
    if setting == "skip_next":
        return words.t("said.yes" if json.loads(text) else "said.no")
    return _value(setting, decoded({**_ANY, setting: text}), words)


_ANY: Mapping[str, str] = {"post_at": '"00:00"', "timezone": '"UTC"', "language": '"en"', "top": "1"}
