"""The pictures in the documentation show what the page shows today."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.pictures import PICTURES, SCENES, SHOWN, words_of
from tests.documentation import DOCUMENTS, links

if TYPE_CHECKING:
    from tests.browser.building import Building

LARGEST = 300_000


@pytest.mark.parametrize("name", SCENES)
async def test_a_picture_is_taken_again_when_the_page_changes(building: Building, name: str) -> None:
    shown = json.loads(SHOWN.read_text(encoding="utf-8"))
    assert await words_of(await SCENES[name](building)) == shown[name], "make pictures"


def test_the_documents_show_pictures_that_are_there_and_not_large() -> None:
    shown = {link for path in DOCUMENTS for link in links(path.read_text(encoding="utf-8"))}
    named = set(re.findall(r"\.ci/pictures/([a-z-]+)\.png", " ".join(shown)))
    assert named
    assert named == {path.stem for path in PICTURES.glob("*.png")} == set(SCENES)
    assert all(path.stat().st_size < LARGEST for path in PICTURES.glob("*.png"))
