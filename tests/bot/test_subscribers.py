"""News goes to all who subscribed and to nobody else, whatever one of them does with it."""

from __future__ import annotations

from bot.subscribers import Subscribers


def test_all_who_subscribed_are_told_in_order_and_who_left_is_not() -> None:
    heard: list[str] = []
    subscribers: Subscribers[[str]] = Subscribers()

    def first(news: str) -> None:
        heard.append(f"first {news}")

    def second(news: str) -> None:
        heard.append(f"second {news}")

    subscribers.subscribe(first)
    with subscribers.subscribed(second):
        subscribers.notify("1")
        subscribers.subscribe(first)
        subscribers.notify("2")
    subscribers.notify("3")
    subscribers.unsubscribe(first)
    subscribers.unsubscribe(first)
    subscribers.notify("4")
    assert heard == ["first 1", "second 1", "first 2", "second 2", "first 3"]


def test_one_that_fails_costs_no_other_its_news() -> None:
    heard: list[int] = []
    subscribers: Subscribers[[int]] = Subscribers()

    def fail(_: int) -> None:
        raise KeyError("nobody foresaw it")

    def leave(news: int) -> None:
        subscribers.unsubscribe(leave)
        heard.append(news)

    for function in (fail, leave, heard.append):
        subscribers.subscribe(function)
    subscribers.notify(1)
    subscribers.notify(2)
    assert heard == [1, 1, 2]
