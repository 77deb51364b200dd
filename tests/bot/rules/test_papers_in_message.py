"""The papers that a message names, wherever in it they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.cards import paper_card
from bot.rules.papers import Paper
from bot.rules.papers_in_message import MOST_NAMED, addresses_in_message, papers_in_message

if TYPE_CHECKING:
    from bot.templating.blocks import Block

Json = dict[str, Any]
MATTING = "2407.21017"
LINK: Block = {"type": "link", "url": f"https://arxiv.org/abs/{MATTING}", "text": "this"}
RICH: Block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [LINK]}]}


def named(message: Json) -> list[str]:
    return [str(ref) for ref in papers_in_message(message)]


@pytest.mark.parametrize(
    "message",
    [
        {"text": f"see {MATTING}"},
        {"text": f"<https://arxiv.org/pdf/{MATTING}|the paper>, please"},
        {"text": f"```\n{MATTING}\n```"},
        {"text": "", "blocks": [RICH]},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": f"*<https://hf.co/papers/{MATTING}|x>*"}}]},
        {"blocks": [{"type": "section", "fields": [{"type": "plain_text", "text": f"arXiv:{MATTING}"}]}]},
        {"blocks": [{"type": "section", "accessory": {"type": "button", "url": f"https://arxiv.org/abs/{MATTING}"}}]},
        {"blocks": [{"type": "actions", "elements": [{"type": "button", "url": f"https://arxiv.org/pdf/{MATTING}"}]}]},
        {"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": MATTING}]}]},
        {"attachments": [{"title": "A paper", "title_link": f"https://arxiv.org/abs/{MATTING}"}]},
        {"attachments": [{"from_url": f"https://arxiv.org/abs/{MATTING}"}]},
        {"attachments": [{"fallback": "x", "fields": [{"title": "Paper", "value": MATTING, "short": True}]}]},
        {"attachments": [{"blocks": [RICH]}]},
        {"files": [{"id": "F1", "title": f"{MATTING}v2.pdf", "name": "x.pdf"}]},
    ],
    ids=str,
)
def test_ids_and_links_are_found_wherever_people_read_them(message: Json) -> None:
    assert [ref.split("v")[0] for ref in named(message)] == [MATTING]


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": None, "blocks": None, "attachments": 7, "files": "x"},
        {"text": "lunch?", "ts": f"1722500000.{MATTING[5:]}0", "user": "U1", "client_msg_id": MATTING},
        {"blocks": [{"type": "actions", "block_id": MATTING, "elements": [{"type": "button", "value": MATTING}]}]},
        {"metadata": {"event_payload": {"paper": MATTING}}},
        {"attachments": [{"image_url": f"https://img.example/{MATTING}.png", "id": 1}]},
    ],
    ids=str,
)
def test_what_nobody_reads_names_no_paper(message: Json) -> None:
    assert named(message) == []


def test_each_paper_is_named_once_in_the_order_of_the_message() -> None:
    blocks = [RICH, {"type": "section", "text": {"type": "mrkdwn", "text": "hep-th/9901001 and 2407.20743"}}]
    assert named({"text": "2407.20743", "blocks": blocks}) == ["2407.20743", MATTING, "hep-th/9901001"]


def test_a_card_of_ours_names_its_paper_alone() -> None:
    card = paper_card(
        listed=None, paper=Paper(MATTING, "Matting", ("A",), abstract="We do."), summary=None, language="en"
    )
    assert named(card.to_payload()) == [MATTING]


def test_a_doi_that_is_called_one_counts_as_an_address() -> None:
    message = {"text": "see doi:10.1145/3411764.3445678, DOI: 10.1145/1) and 10.1145/2"}
    assert addresses_in_message(message) == ("doi:10.1145/3411764.3445678,", "DOI: 10.1145/1)")


def test_addresses_are_those_of_the_message_and_each_once() -> None:
    message = {"text": "<https://github.com/a/b?x=1&amp;y=2|code> https://a.example/x", "blocks": [RICH, RICH]}
    assert addresses_in_message(message) == (
        "https://github.com/a/b?x=1&y=2",
        "https://a.example/x",
        f"https://arxiv.org/abs/{MATTING}",
    )
    assert len(addresses_in_message({"text": " ".join(f"https://a.example/{each}" for each in range(99))})) == 20


def test_of_very_many_the_first_are_taken() -> None:
    text = " ".join(f"2407.{number:05}" for number in range(10_000, 12_000))
    assert len(named({"text": text})) == MOST_NAMED


def test_no_message_is_too_deep() -> None:
    deep: Json = {"text": MATTING}
    for _ in range(5_000):
        deep = {"elements": [deep]}
    assert named(deep) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["text", "blocks", "elements", "url", "title", "x"]), inner)
        ),
        max_leaves=20,
    )
)
def test_no_message_is_too_odd(part: object) -> None:
    message = {"text": part, "blocks": part, "attachments": part, "files": part}
    papers_in_message(message)
    addresses_in_message(message)
