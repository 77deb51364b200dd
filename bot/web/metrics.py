"""Prometheus metrics, none of which names a person, a channel, or a paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from bot.rules.outbox import DeliveryState
from bot.store.connection import DatabaseFigures

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store import StoreStats

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Slack waits three seconds for an answer; a known card should take milliseconds.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)

# Of each process, by name.
_OF_PROCESS = {
    "database_up": "1 while the database responds",
    "last_tick_timestamp_seconds": "Unix time at which this process last began what is due, once a minute",
    "owned_workspaces": "Workspaces for which this process does what nobody asked for",
    "held_leases": "Leases that this process holds, 0 on SQLite",
    "replicas": "Processes that share the database",
    "database_connections": "Connections of this process to PostgreSQL",
    "database_connections_in_use": "Connections that are in use",
    "database_waiting": "Tasks of this process that wait for a connection",
    "database_retries": "Transactions tried again since the start",
    "database_failures": "Transactions that failed since the start because of the server",
}


@cache
def _version() -> str:
    # Looked up on disk.
    return version("paperboy")


@dataclass(frozen=True, slots=True)
class ReplicaFigures:
    """Figures of one process: whether Slack can reach it, and how often that had to be mended; the workspaces it looks
    after and the leases it holds, of how many processes that share the database; its latest tick; its database."""

    connected: bool = True
    reconnects: int = 0
    workspaces: int = 1
    leases: int = 0
    replicas: int = 1
    last_tick: datetime | None = None
    database: DatabaseFigures = field(default_factory=DatabaseFigures)


class Metrics:
    """The figures of one bot, in registries of its own: several bots may live in one process.

    One registry has those of the process, and one those of the database, which every replica tells alike.
    """

    def __init__(self) -> None:
        self._of_process = CollectorRegistry()
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._of_process)
        self._answered = Histogram(
            "paperboy_answer_seconds",
            "Seconds from a request of Slack's to the answer, by kind of request and HTTP status",
            ["kind", "status"],
            buckets=_SECONDS,
            registry=self._of_process,
        )
        self._refused = Counter(
            "paperboy_refused_requests",
            "Requests turned away unread because Slack didn't sign them, or unreadable ones, by HTTP status",
            ["status"],
            registry=self._of_process,
        )
        self._rate_limited = Counter(
            "paperboy_rate_limited_requests",
            "Requests that Slack answered with 429, by method",
            ["method"],
            registry=self._of_process,
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
        self._waiting_since = Gauge(
            "paperboy_oldest_waiting_message_timestamp_seconds",
            "Unix time at which the message was planned that has waited longest to be sent, 0 if none waits",
            registry=self._registry,
        )
        self._connected = Gauge(
            "paperboy_connected",
            "1 while Slack can reach Paperboy over Socket Mode, and always in HTTP mode",
            registry=self._of_process,
        )
        self._reconnects = Gauge(
            "paperboy_reconnects", "Socket Mode connections opened after the first one", registry=self._of_process
        )
        self._gauges = {
            name: Gauge(f"paperboy_{name}", meaning, registry=self._of_process) for name, meaning in _OF_PROCESS.items()
        }
        built = Gauge(
            "paperboy_build_info", "1, with the version that runs as a label", ["version"], registry=self._of_process
        )
        built.labels(_version()).set(1)

    def answered(self, kind: str, status: int, seconds: float) -> None:
        """Count one of Slack's requests (`event`, `command`, `action` …) by the HTTP status it was answered with."""
        self._answered.labels(kind, str(status)).observe(seconds)

    def refused(self, status: int) -> None:
        """Count a request refused before it was read."""
        self._refused.labels(str(status)).inc()

    def rate_limited(self, method: str) -> None:
        """Count a request to Slack that it answered with 429."""
        self._rate_limited.labels(method).inc()

    def page(self, stats: StoreStats | None, replica: ReplicaFigures) -> bytes:
        """All figures as Prometheus reads them, with those of the database unless it is away, which None says."""
        self._connected.set(replica.connected)
        self._reconnects.set(replica.reconnects)
        database = replica.database
        now = {
            "database_up": stats is not None,
            "last_tick_timestamp_seconds": replica.last_tick.timestamp() if replica.last_tick else 0,
            "owned_workspaces": replica.workspaces,
            "held_leases": replica.leases,
            "replicas": replica.replicas,
            "database_connections": database.connections,
            "database_connections_in_use": database.in_use,
            "database_waiting": database.waiting,
            "database_retries": database.retries,
            "database_failures": database.failures,
        }
        for name, value in now.items():
            self._gauges[name].set(value)
        page = generate_latest(self._of_process)
        if stats is not None:
            self._note(stats)
            page += generate_latest(self._registry)
        return page

    def _note(self, stats: StoreStats) -> None:
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
        self._waiting_since.set(stats.waiting_since.timestamp() if stats.waiting_since else 0)
