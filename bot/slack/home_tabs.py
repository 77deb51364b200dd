"""Home tabs: each shows what is so now, whatever order openings, clicks, and Slack's responses come in."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import structlog

from bot.errors import SlackRefused, SlackUnreachable
from bot.slack.web_api import call, call_with_retry
from bot.subscribers import Subscribers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.templating.blocks import Block

    Compose = Callable[[], Awaitable[Block]]

log = structlog.get_logger(__name__)

T = TypeVar("T")

_METHOD = "views.publish"
_CONFLICT, _NO_HOME_TAB = "hash_conflict", "not_enabled"
# Whoever opened the tab has gone elsewhere by then, and opens it again.
_TRIED_FOR_SECONDS = 30.0
_MOST_CONTESTED = 5
_MOST_REMEMBERED = 10_000
# Whoever has not looked for so long is shown what is so when they look again, as Slack tells of that.
_LOOKS_FOR_SECONDS = 3600.0
_UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class ShownHome:
    """A Home tab as Slack shows it: the `hash` Slack gave it, and the `metadata` it was published with."""

    hash: str
    metadata: str


@dataclass(frozen=True, slots=True)
class _Wish:
    compose: Compose
    shown: ShownHome | None
    tried_for: float
    is_refresh: bool = False


class HomeTabs:
    """Publishes Home tabs, for one person one at a time.

    Slack takes a view that names a hash only in place of the view with that hash (docs.slack.dev, views.publish), so
    one that was on its way for long never replaces a newer one. Where somebody else has published meanwhile, what is so
    now is composed anew; after a view had to go out without a hash it is composed once more, to see whether it was the
    last word.

    `published` tells of each person whose tab was published.
    """

    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._wishes: dict[str, _Wish | None] = {}
        self._published: OrderedDict[str, ShownHome] = OrderedDict()
        self._looked_at: OrderedDict[str, float] = OrderedDict()
        self._elsewhere: OrderedDict[str, float] = OrderedDict()
        self.published: Subscribers[[str]] = Subscribers()

    def may_be_looked_at(self, user: str) -> bool:
        """Whether somebody may have their Home tab before them: they opened it or clicked within the last hour."""
        at = self._looked_at.get(user)
        return at is not None and self._clock.monotonic() - at <= _LOOKS_FOR_SECONDS

    def is_elsewhere(self, user: str) -> bool:
        """Whether another process has published somebody's tab, and they may have it before them."""
        at = self._elsewhere.get(user)
        return at is not None and self._clock.monotonic() - at <= _LOOKS_FOR_SECONDS

    def note_elsewhere(self, user: str) -> None:
        """Note that another process has published somebody's tab: only that one knows what it shows."""
        self._published.pop(user, None)
        self._looked_at.pop(user, None)
        _keep(self._elsewhere, user, self._clock.monotonic())

    def last(self, user: str) -> ShownHome | None:
        """The Home tab last published for a person by this process, None when that is not known."""
        return self._published.get(user)

    async def show(self, user: str, compose: Compose, shown: ShownHome | None) -> None:
        """Let a person's Home tab show what `compose` gives, once it is called; nothing is published that stands there.

        `shown` is the tab as Slack said it was, None when it was not said. While one is being published, others who ask
        are done with at once: another is composed after it for all of them. What Slack refuses is logged. Raises what
        `compose` does.
        """
        _keep(self._looked_at, user, self._clock.monotonic())
        await self._fulfil(user, _Wish(compose, shown, _TRIED_FOR_SECONDS))

    async def refresh(self, user: str, compose: Compose) -> bool:
        """Let a person's Home tab show what is so after a change made elsewhere; false where Slack did not take it.

        What they wait for themselves comes before it, and shows the same. Slack is asked once. Nothing is published in
        place of what another process published: at which page that is, only that process knows. Raises what `compose`
        does.
        """
        if self._wishes.get(user):
            return True
        return await self._fulfil(user, _Wish(compose, self.last(user), 0.0, is_refresh=True))

    async def _fulfil(self, user: str, wish: _Wish) -> bool:
        """Publish what was wished for, and what others wish for meanwhile; false where Slack did not take it."""
        is_under_way = user in self._wishes
        self._wishes[user] = wish
        if is_under_way:
            return True
        ours: ShownHome | None = None
        try:
            while next_wish := self._wishes[user]:
                self._wishes[user] = None
                ours = await self._bring_up_to_date(user, next_wish, ours or self._seen(user, next_wish.shown))
        except SlackRefused as refused:
            if refused.values["error"] == _NO_HOME_TAB:
                log.warning(
                    "the app has no Home tab: turn it on in the app's settings, or install it as"
                    " paperboy manifest describes it",
                    user=user,
                )
            else:
                log.warning("Home tab not shown", user=user, error=str(refused))
        except SlackUnreachable as error:
            log.warning("Home tab not shown, until it is opened again", user=user, error=str(error))
        else:
            return True
        finally:
            del self._wishes[user]
        return False

    def _seen(self, user: str, shown: ShownHome | None) -> ShownHome | None:
        """The tab as Slack said it was; where this process has published another, that one, with content unknown.

        Either may be the newer one, so nothing is left unpublished because of what is known of them.
        """
        known = self._published.get(user)
        if known is None or shown == known:
            return shown
        return ShownHome(known.hash, _UNKNOWN)

    async def _bring_up_to_date(self, user: str, wish: _Wish, shown: ShownHome | None) -> ShownHome | None:
        """Publish until what was composed last stands there; what stands there, None where others keep changing it."""
        for _ in range(_MOST_CONTESTED):
            view = await wish.compose()
            if shown and shown.metadata == view.get("private_metadata"):
                return shown
            try:
                published = await self._publish(user, view, shown, wish.tried_for)
            except SlackRefused as refused:
                if refused.values["error"] != _CONFLICT:
                    raise
                self._published.pop(user, None)
                if wish.is_refresh:
                    return None
                shown = None
                continue
            if shown:
                return published
            # It went out whatever stood there: the last word, unless something changed before it arrived.
            shown = published
        return None

    async def _publish(self, user: str, view: Block, instead_of: ShownHome | None, tried_for: float) -> ShownHome:
        expected = {"hash": instead_of.hash} if instead_of and instead_of.hash else {}
        answer = await call_with_retry(
            lambda: call(_METHOD, self._client.views_publish(user_id=user, view=view, **expected)),
            self._clock,
            give_up_after=tried_for,
        )
        published = ShownHome(str(answer["view"].get("hash") or ""), str(view.get("private_metadata") or ""))
        _keep(self._published, user, published)
        self._elsewhere.pop(user, None)
        self.published.notify(user)
        return published


def _keep(known: OrderedDict[str, T], user: str, value: T) -> None:
    """Remember a value of somebody's, and forget whoever was not heard of for longest where there are too many."""
    known[user] = value
    known.move_to_end(user)
    if len(known) > _MOST_REMEMBERED:
        known.popitem(last=False)
