"""Subscribers: functions that are called whenever there is news, any number of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, ParamSpec

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = structlog.get_logger(__name__)

Arguments = ParamSpec("Arguments")


class Subscribers(Generic[Arguments]):
    """Functions that are called whenever there is news; one that fails does not keep the others from it."""

    def __init__(self) -> None:
        self._functions: dict[Callable[Arguments, object], None] = {}  # a set that keeps its order

    def subscribe(self, function: Callable[Arguments, object]) -> None:
        """Call a function with all news from now on."""
        self._functions[function] = None

    def unsubscribe(self, function: Callable[Arguments, object]) -> None:
        """Call a function no more."""
        self._functions.pop(function, None)

    @contextmanager
    def subscribed(self, function: Callable[Arguments, object]) -> Iterator[None]:
        """Call a function with all news while the context lasts."""
        self.subscribe(function)
        try:
            yield
        finally:
            self.unsubscribe(function)

    def notify(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        """Call every function with the news, in the order in which they subscribed."""
        for function in tuple(self._functions):
            try:
                function(*args, **kwargs)
            except Exception:
                log.exception("a subscriber failed")
