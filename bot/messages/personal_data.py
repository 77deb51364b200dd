"""Messages about a person's data: how much there is, that it is erased, and what their file is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.rules.personal_data import DataKind
from bot.templating.catalogues import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping


def erasure_offered(*, counts: Mapping[DataKind, int], language: str) -> Message:
    """The question whether to erase a person's data: how much it is, what would stay, and a button that asks again."""
    return Message.of("erasure_offered", language, counted=_counted(counts, language))


def erased(*, counts: Mapping[DataKind, int], language: str) -> Message:
    """The answer after it: how much was erased, and what stays where Paperboy has no say."""
    return Message.of("erased", language, counted=_counted(counts, language))


def data_file_about(*, items: int, is_cut_short: bool, language: str) -> str:
    """The sentence above the file with all that is stored about a person."""
    words = catalogue(language)
    about = words.t("personal_data.file", count=items)
    return f"{about} {words.t('personal_data.cut_short')}" if is_cut_short else about


def _counted(counts: Mapping[DataKind, int], language: str) -> list[str]:
    """A line for each kind of which there is anything, with how much."""
    words = catalogue(language)
    return [
        words.t("personal_data.counted", kind=words.t(f"data_kind.{kind}"), count=f"{counts[kind]:,}")
        for kind in DataKind
        if counts.get(kind)
    ]
