"""What is said about summaries, and by which names languages go."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from bot.errors import NotALanguage
from bot.messages import notices
from bot.messages import summaries as summary_messages
from bot.rules.budget import Spent
from bot.rules.reports import Complaint, Report
from bot.slack_emulator.acceptance import Acceptance
from bot.summarizer import Outcome
from bot.templating.catalogues import catalogue, languages
from bot.templating.language_names import read_language
from tests.bot.messages.test_messages import MATTING, faults, shown

if TYPE_CHECKING:
    from bot.templating.blocks import Block

EVERY_LANGUAGE = pytest.mark.parametrize("language", languages())
REPORT = Report(
    "T1", "U1", MATTING.id, "en", Complaint.NUMBERS, "<!channel> 7 is *70*", datetime(2026, 8, 18, tzinfo=UTC)
)
HOSTILE = replace(MATTING, title="<!channel> & *bold* | `x` " * 20)


def check(view: Block) -> None:
    if folder := os.environ.get("PAPERBOY_SLACK_SCHEMAS"):
        schema: Any = json.loads((Path(folder) / "views.schema.json").read_text(encoding="utf-8"))
        assert Acceptance(schema["definitions"], lambda every, _: every).accepts(schema, view), [
            error.message for error in Draft7Validator(schema).iter_errors(view)
        ]


@EVERY_LANGUAGE
@pytest.mark.parametrize("paper", [MATTING, HOSTILE])
def test_every_message_keeps_to_slacks_rules(language: str, paper: Any) -> None:
    said = [
        notices.budget_spent(spent=Spent(80, 900_000, 100_000, 1.5), language=language),
        notices.summary_reported(report=REPORT, paper=paper, is_rewritten=True, language=language),
        notices.summary_reported(report=replace(REPORT, note=""), paper=paper, is_rewritten=False, language=language),
        summary_messages.current_language(code="ja", is_chosen=True, language=language),
        summary_messages.current_language(code=language, is_chosen=False, language=language),
    ]
    for message in said:
        assert faults(message) == []


@EVERY_LANGUAGE
@pytest.mark.parametrize("paper", [MATTING, HOSTILE])
def test_every_form_keeps_to_slacks_rules(language: str, paper: Any) -> None:
    check(summary_messages.report_modal(paper=paper, spoken="ko", language=language))
    for key in ("working", "already", "word_for_word", "by_a_person", "too_many", *Outcome):
        if key != Outcome.THERE:
            check(summary_messages.report_result_modal(key=key, language=language))


@EVERY_LANGUAGE
@pytest.mark.parametrize("outcome", sorted({*Outcome} - {Outcome.WRITTEN, Outcome.THERE, Outcome.NO_MODEL}))
def test_every_reason_for_no_summary_has_its_sentence(language: str, outcome: Outcome) -> None:
    said = summary_messages.outcome(outcome, paper=HOSTILE, language=language)
    assert faults(said) == []
    assert said.text


def test_the_operator_reads_what_was_spent() -> None:
    said = shown(notices.budget_spent(spent=Spent(80, 900_000, 100_000, 1.5), language="en"))
    assert "1,000,000 tokens" in said
    assert "$1.50" in said


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ko", "ko"),
        ("한국어", "ko"),
        ("KOREAN", "ko"),
        ("영어", "en"),
        ("German", "de"),
        ("pt-BR", "pt"),
        ("auto", None),
        ("자동", None),
    ],
)
def test_a_language_is_known_by_its_names(name: str, code: str | None) -> None:
    assert read_language(name) == code


@given(st.text(min_size=4))
def test_anything_else_is_no_language(name: str) -> None:
    known = {word for spoken in languages() for word in named(spoken)}
    if name.casefold() not in known and "-" not in name and "_" not in name and len(name.strip()) > 3:
        with pytest.raises(NotALanguage):
            read_language(name)


def named(spoken: str) -> set[str]:
    words = catalogue(spoken)
    names = {str(called).casefold() for key, called in words.entries.items() if key.startswith("languages.")}
    return names | {word.casefold() for word in words.listed("language.automatic")}
