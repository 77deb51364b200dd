"""The sender of payloads to the bot: over which transport, how often, and with what response."""

import asyncio
from dataclasses import replace
from itertools import count

from .changes import WorkspaceChange
from .faults import Faults
from .transport import Transport
from .values import DeliveryAttempt, DeliveryKind, EventDelivery, Json


class PayloadSender:
    """Deliveries, each with its attempts.

    Events are tried again when they are not acknowledged; commands and interactions are not. Events go out in the order
    they happened, no more at once than the transport takes.
    """

    def __init__(self, transport: Transport, faults: Faults) -> None:
        self._transport = transport
        self._faults = faults
        self._changes = transport.changes
        self._events_under_way = asyncio.Semaphore(transport.in_flight)
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[EventDelivery]] = set()
        self._open: set[int] = set()
        self.deliveries: dict[int, EventDelivery] = {}

    @property
    def busy(self) -> bool:
        """Whether a delivery is under way, held or to be tried again."""
        return bool(self._open)

    def send(self, kind: DeliveryKind, payload: Json, *, takes_payload: bool = False) -> asyncio.Future[EventDelivery]:
        """Begin a delivery; the answer comes when it is acknowledged or given up."""
        first = self._begin(kind, payload, takes_payload)
        if self._faults.take_duplicate():
            self._begin(kind, payload, takes_payload)
        return first

    async def close(self) -> None:
        """Stop whatever is under way."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, kind: DeliveryKind, payload: Json, takes_payload: bool) -> asyncio.Future[EventDelivery]:
        delivery = self._record(EventDelivery(next(self._numbers), kind, payload))
        outcome: asyncio.Future[EventDelivery] = asyncio.get_running_loop().create_future()
        self._open.add(delivery.number)

        def finish(task: asyncio.Task[EventDelivery]) -> None:
            self._tasks.discard(task)
            self._open.discard(delivery.number)
            if task.cancelled() or outcome.cancelled():
                outcome.cancel()
            elif error := task.exception():
                outcome.set_exception(error)
            else:
                outcome.set_result(task.result())
            self._changes.announce(WorkspaceChange("delivery"))

        def start() -> None:
            task = asyncio.create_task(self._carry(delivery, takes_payload))
            self._tasks.add(task)
            task.add_done_callback(finish)

        if not self._faults.hold_back(delivery, start):
            start()
        return outcome

    async def _carry(self, delivery: EventDelivery, takes_payload: bool) -> EventDelivery:
        delays = self._transport.retry_delays if delivery.kind == "events_api" else ()
        for delay in (None, *delays):
            if delay:
                await self._transport.sleep(delay)
            attempt = await self._attempt(delivery, takes_payload)
            delivery = self._record(replace(delivery, attempts=(*delivery.attempts, attempt)))
            if attempt.acked or attempt.stop:
                break
        return self._record(replace(delivery, done=True))

    async def _attempt(self, delivery: EventDelivery, takes_payload: bool) -> DeliveryAttempt:
        if delivery.kind != "events_api":
            return await self._hand_over(delivery, takes_payload)
        async with self._events_under_way:
            return await self._hand_over(delivery, takes_payload)

    async def _hand_over(self, delivery: EventDelivery, takes_payload: bool) -> DeliveryAttempt:
        retry = len(delivery.attempts)
        reason = delivery.attempts[-1].reason if retry else None
        return await self._transport.hand_over(
            delivery.kind, delivery.payload, takes_payload=takes_payload, retry=retry, reason=reason
        )

    def _record(self, delivery: EventDelivery) -> EventDelivery:
        self.deliveries[delivery.number] = delivery
        self._changes.announce(WorkspaceChange("delivery"))
        return delivery
