"""Links of other sites that somebody types: read as the papers that carry them, or told which links are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.links import replace_links
from bot.rules.phrases import read_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.deps import HandlerDeps


async def with_known_links(deps: HandlerDeps, text: str, urls: Sequence[str]) -> str | None:
    """The text with the IDs of the papers that carry these addresses in their places; None where none is carried."""
    linked = await deps.library.find_linked(urls)
    return replace_links(read_words(text), linked) if linked else None
