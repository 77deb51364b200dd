"""Prometheus metrics, none of which names a person, a channel, or a paper."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from bot.rules.outbox import DeliveryState

if TYPE_CHECKING:
    from bot.store import StoreStats

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Slack waits three seconds for an answer; a known card should take milliseconds.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)


@cache
def _version() -> str:
    # Looked up on disk.
    return version("paperboy")


class Metrics:
    """The figures of one bot, in a registry of its own: several bots may live in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._answered = Histogram(
            "paperboy_answer_seconds",
            "Seconds from a request of Slack's to the answer, by kind of request and HTTP status",
            ["kind", "status"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._refused = Counter(
            "paperboy_refused_requests",
            "Requests turned away unread because Slack didn't sign them, or unreadable ones, by HTTP status",
            ["status"],
            registry=self._registry,
        )
        self._deliveries = Gauge(
            "paperboy_deliveries",
            "Messages in the outbox (the message queue), by state",
            ["state"],
            registry=self._registry,
        )
        self._channels = Gauge("paperboy_channels", "Channels by state", ["state"], registry=self._registry)
        self._saved = Gauge("paperboy_saved_papers", "Papers on all reading lists", registry=self._registry)
        self._last_sent = Gauge(
            "paperboy_last_message_timestamp_seconds",
            "Unix time of the last message sent, 0 before the first",
            registry=self._registry,
        )
        self._model_requests = Gauge(
            "paperboy_model_requests", "Requests to language models, all time", registry=self._registry
        )
        self._model_tokens = Gauge(
            "paperboy_model_tokens",
            "Tokens of language models, all time, by direction",
            ["way"],
            registry=self._registry,
        )
        self._model_dollars = Gauge(
            "paperboy_model_dollars",
            "Cost of language models in US dollars, all time, at LLM_INPUT_PRICE and LLM_OUTPUT_PRICE",
            registry=self._registry,
        )
        self._feedback = Gauge(
            "paperboy_summary_feedback",
            "Ratings of AI summaries in the last 90 days, each person's latest of a summary, by model and rating",
            ["model", "rating"],
            registry=self._registry,
        )
        self._connected = Gauge(
            "paperboy_connected",
            "1 while Slack can reach Paperboy over Socket Mode, and always in HTTP mode",
            registry=self._registry,
        )
        self._reconnects = Gauge(
            "paperboy_reconnects", "Socket Mode connections opened after the first one", registry=self._registry
        )
        built = Gauge(
            "paperboy_build_info", "1, with the version that runs as a label", ["version"], registry=self._registry
        )
        built.labels(_version()).set(1)

    def answered(self, kind: str, status: int, seconds: float) -> None:
        """Count one of Slack's requests (`event`, `command`, `action` …) by the HTTP status it was answered with."""
        self._answered.labels(kind, str(status)).observe(seconds)

    def refused(self, status: int) -> None:
        """Count a request refused before it was read."""
        self._refused.labels(str(status)).inc()

    def page(self, stats: StoreStats, *, connected: bool, reconnects: int) -> bytes:
        """All figures as Prometheus reads them, with those the store keeps as they are now."""
        for state in DeliveryState:
            self._deliveries.labels(state.value).set(stats.deliveries.get(state.value, 0))
        self._channels.clear()
        for name, count in stats.channels.items():
            self._channels.labels(name).set(count)
        self._saved.set(stats.saved_papers)
        self._last_sent.set(stats.last_sent.timestamp() if stats.last_sent else 0)
        self._model_requests.set(stats.model.requests)
        self._model_tokens.labels("in").set(stats.model.input_tokens)
        self._model_tokens.labels("out").set(stats.model.output_tokens)
        self._model_dollars.set(stats.model.dollars)
        self._feedback.clear()
        for (model, rating), count in stats.feedback.items():
            self._feedback.labels(model, rating.value).set(count)
        self._connected.set(connected)
        self._reconnects.set(reconnects)
        return generate_latest(self._registry)
