"""Faults on request: what Slack, the network, or a power cut may do."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import MisuseError
from .socket_mode import DisconnectReason, SocketMode
from .values import EventDelivery, Json

ANY_METHOD = "*"

Hook = Callable[[], Awaitable[object] | object]
Order = Literal["kept", "reversed"] | Sequence[int]


@dataclass(frozen=True, slots=True)
class Fault:
    """The fault of one request.

    `accepted`: Slack does what was asked all the same. `then`: what the client gets, be it the given response, a
    connection closed without one, or silence.
    """

    accepted: bool
    then: Literal["answer", "drop", "hang"]
    status: int = 200
    body: Json | None = None
    retry_after: int | None = None
    raw: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Rule:
    method: str
    skip: int
    times: int
    fault: Fault


@dataclass(slots=True)
class _Hook:
    left: int
    act: Hook
    lose: bool
    method: str | None = None


class Faults:
    """Faults set for the future. `nth` and `n` count from the moment the fault is set; 1 is the next request."""

    def __init__(self, sockets: SocketMode) -> None:
        self._sockets = sockets
        self._rules: list[_Rule] = []
        self._before: list[_Hook] = []
        self._after: list[_Hook] = []
        self._images: list[frozenset[str]] = []
        self._always_refused: frozenset[str] = frozenset()
        self._refused_blocks: frozenset[str] = frozenset()
        self._duplicates = 0
        self.unthreads = False
        """Whether an answer to a message that was deleted comes into the channel instead of being refused with
        thread_not_found; both were seen (slackapi/bolt-js#2307, slack-go/slack#1571)."""
        self._holding = False
        self._held: list[tuple[EventDelivery, Callable[[], object]]] = []

    def answer(
        self,
        method: str,
        nth: int = 1,
        *,
        status: int,
        retry_after: int | None = None,
        body: Json | None = None,
        times: int = 1,
    ) -> None:
        """Answer with this HTTP status, without doing the work. A 429 says `ratelimited` unless `body` says else."""
        if body is None and status == 429:
            body = {"ok": False, "error": "ratelimited"}
        self._rules.append(_Rule(method, nth - 1, times, Fault(False, "answer", status, body, retry_after)))

    def error(self, method: str, nth: int = 1, error: str = "fatal_error", *, times: int = 1) -> None:
        """Answer `ok: false` with this error code, without doing the work."""
        body = {"ok": False, "error": error}
        self._rules.append(_Rule(method, nth - 1, times, Fault(False, "answer", body=body)))

    def foreign(
        self,
        method: str,
        nth: int = 1,
        *,
        body: bytes = b"<html><body>Access denied by policy</body></html>",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        accepted: bool = False,
        times: int = 1,
    ) -> None:
        """Let something in front of Slack answer: these bytes, with this HTTP status and these headers, as they are.

        The headers are those of an HTML page unless said otherwise. With `accepted` Slack has done the work, and only
        its answer was replaced.
        """
        sent = {"Content-Type": "text/html; charset=utf-8"} if headers is None else headers
        fault = Fault(accepted, "answer", status, raw=body, headers=sent)
        self._rules.append(_Rule(method, nth - 1, times, fault))

    def hang_after_accepting(self, method: str, nth: int = 1, *, times: int = 1) -> None:
        """Do the work and never answer: the client runs into its time-out."""
        self._rules.append(_Rule(method, nth - 1, times, Fault(True, "hang")))

    def drop_after_accepting(self, method: str, nth: int = 1, *, times: int = 1) -> None:
        """Do the work, then close the connection instead of answering."""
        self._rules.append(_Rule(method, nth - 1, times, Fault(True, "drop")))

    def drop_before_accepting(self, method: str, nth: int = 1, *, times: int = 1) -> None:
        """Close the connection without doing the work."""
        self._rules.append(_Rule(method, nth - 1, times, Fault(False, "drop")))

    def before_request(self, n: int, act: Hook, *, lose: bool = False, method: str | None = None) -> None:
        """Call `act` when the n-th Web API request comes in, of a `method` where one is named, before any work.

        With `lose` the request is then dropped: whoever `act` killed never got to send it.
        """
        self._before.append(_Hook(n, act, lose, method))

    def after_request(self, n: int, act: Hook) -> None:
        """Call `act` once the work of the n-th Web API request is done, before its answer is sent."""
        self._after.append(_Hook(n, act, lose=False))

    def refuse_images(self, *, times: int | None = None, urls: Iterable[str] | None = None) -> None:
        """Fail to download images: any image, or these addresses, in the next `times` payloads or from now on."""
        only = frozenset() if urls is None else frozenset(urls)
        if times is not None:
            self._images += [only] * times
        elif urls is not None:
            self._always_refused |= only
        else:
            raise MisuseError("say how many times, or which urls")

    def refuse_blocks(self, *types: str) -> None:
        """Take no blocks of these types from now on, as a workspace does that Slack gave them to later than others."""
        self._refused_blocks |= frozenset(types)

    @property
    def refused_blocks(self) -> frozenset[str]:
        """The types of blocks that are refused."""
        return self._refused_blocks

    def duplicate_next(self, n: int = 1) -> None:
        """Send each of the next n deliveries twice."""
        self._duplicates += n

    def hold(self) -> None:
        """Keep deliveries back until `release`, so that they come late."""
        self._holding = True

    @property
    def held(self) -> list[EventDelivery]:
        """The deliveries kept back, oldest first."""
        return [delivery for delivery, _ in self._held]

    def release(self, order: Order = "kept") -> None:
        """Let the held deliveries go: in order, reversed, or in the order of these indices into `held`."""
        if isinstance(order, str):
            chosen = self._held if order == "kept" else self._held[::-1]
        elif sorted(order) == list(range(len(self._held))):
            chosen = [self._held[index] for index in order]
        else:
            raise MisuseError(f"{order} does not name each of the {len(self._held)} held deliveries once")
        self._holding = False
        self._held = []
        for _, start in chosen:
            start()

    async def disconnect(self, reason: DisconnectReason = "refresh_requested") -> None:
        """Ask the bot to reconnect, as Slack does every few hours."""
        await self._sockets.disconnect(reason)

    def drop_sockets(self) -> None:
        """Cut every Socket Mode connection without a word."""
        self._sockets.drop()

    def silence_sockets(self) -> None:
        """Leave the open connections open, but send nothing more on them and answer no pings."""
        self._sockets.silence()

    def clear(self) -> None:
        """Forget every fault set so far and let held deliveries go."""
        self._rules.clear()
        self._before.clear()
        self._after.clear()
        self._images.clear()
        self._always_refused = frozenset()
        self._refused_blocks = frozenset()
        self._duplicates = 0
        self.unthreads = False
        self.release()

    def take_fault(self, method: str) -> Fault | None:
        """The fault for this request of `method`, if one is due; it counts as taken."""
        found: Fault | None = None
        for rule in tuple(self._rules):
            if rule.method not in (method, ANY_METHOD):
                continue
            if rule.skip:
                rule.skip -= 1
            elif found is None:
                found = rule.fault
                rule.times -= 1
                if not rule.times:
                    self._rules.remove(rule)
        return found

    async def run_before(self, method: str) -> bool:
        """Run the hooks due before this request of a `method`; whether it is lost."""
        return await _run(self._before, method)

    async def run_after(self, method: str) -> None:
        """Run the hooks due after the work of this request of a `method`."""
        await _run(self._after, method)

    def image_gate(self) -> Callable[[str], bool]:
        """For one payload: whether an image can be loaded. Uses up one of `refuse_images` when it refuses."""
        only = self._images[0] if self._images else None
        used = False

        def can_load(address: str) -> bool:
            nonlocal used
            if address in self._always_refused:
                return False
            if only is None or (only and address not in only):
                return True
            if not used:
                used = True
                self._images.pop(0)
            return False

        return can_load

    def take_duplicate(self) -> bool:
        """Whether this delivery is to be sent twice, counting it."""
        due = self._duplicates > 0
        self._duplicates -= due
        return due

    def hold_back(self, delivery: EventDelivery, start: Callable[[], object]) -> bool:
        """Whether a delivery is held; `start` is then called on its release."""
        if self._holding:
            self._held.append((delivery, start))
        return self._holding


async def _run(hooks: list[_Hook], method: str) -> bool:
    lose = False
    for hook in [each for each in hooks if each.method in {None, method}]:
        hook.left -= 1
        if not hook.left:
            hooks.remove(hook)
            lose = lose or hook.lose
            result: Any = hook.act()
            if isinstance(result, Awaitable):
                await result
    return lose
