"""LaTeX of titles and abstracts is read as what it means, whatever a list has left of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.papers import Paper
from bot.summaries.extract import extract
from bot.summaries.takeaways import find_takeaway
from bot.text.clean import clean_text
from bot.text.latex import with_latex_restored, without_latex
from bot.text.readable import readable

if TYPE_CHECKING:
    from pathlib import Path

LEFT_OVER = re.compile(
    r"\\\\|[_^]\{|\d\s?times[\dA-Z]|\dtimes\b|``|\b(?:leq|geq|oplus|propto|approx \d)\b"
    r"|\b(?:teal|orange|blue|textbf|emph)\{|\w--+\w"
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("On $\\alpha$-Matting in $L_2$", "On α-Matting in L_2"),
        ("\\textbf{Bold} claims", "Bold claims"),
        ("from $5 to $10, or US$44", "from $5 to $10, or US$44"),
        ("100% of A* ~ b_c, ~16k of them", "100% of A* ~ b_c, ~16k of them"),
        ("an open $ sign", "an open $ sign"),
        ("right in $90% of all$ cases", "right in 90% of all cases"),
        ("$\\alpha%\\beta$", "α%β"),
        ("\\frac12 and \\frac x", "1/2 and frac x"),
        ("two sizes {small models, large ones}", "two sizes {small models, large ones}"),
        ("{\\small a few} words", "a few words"),
        ("we model a {and enhance the baselines}.", "we model a and enhance the baselines."),
        ("gains of +10.8\\% \\& more", "gains of +10.8% & more"),
        ("2.8times faster, 5.5-11.4times", "2.8× faster, 5.5-11.4×"),
        ("8timesA800 GPUs, 400times720, 384times 640", "8×A800 GPUs, 400×720, 384×640"),
        ("8\\times7B", "8×7B"),
        (
            "G approx 1, Apply (oplus), 0.69 pm 0.16, q_i propto p, sim10%",
            "G ≈ 1, Apply (⊕), 0.69 ± 0.16, q_i ∝ p, ~10%",
        ),
        (
            "an approx. figure, at 3 pm, a sim card, rightarrow-like",
            "an approx. figure, at 3 pm, a sim card, rightarrow-like",
        ),
        ("three times a week, 3 times in all", "three times a week, 3 times in all"),
        ("teal{Tool-use} and orange{Planning}", "Tool-use and Planning"),
        ("we introduce \\benchmarkName, a set", "we introduce benchmarkName, a set"),
        ("\\ours{} is fast", "ours is fast"),
        ("judge {\\em and} follow", "judge and follow"),
        ("1{,}182 cases of 10^{19} FLOPs, AnyTalk_{RT}", "1,182 cases of 10^19 FLOPs, AnyTalk_RT"),
        ("a fixed \\(TPP\\)", "a fixed TPP"),
        ("Bolet\\'{\\i}n, K\\\"ahler, Erd\\H{o}s, Poincar\\'e", "Boletín, Kähler, Erdős, Poincaré"),
        ("the query\\'s content", "the query's content"),
        ("Track~1, 19.63\\,FPS vs.\\ 33", "Track 1, 19.63 FPS vs. 33"),
        ("\\frac{1}{2} of \\sqrt{2}", "1/2 of √(2)"),
        ("under \\20 USD", "under 20 USD"),
        ("https://a.io/b{Here}, https://a.io{https://a.io}", "https://a.io/b (Here), https://a.io"),
        ("``quoted''", "“quoted”"),
        ("human--AI, 2.88--3.45 (Rao)--(Black)", "human–AI, 2.88–3.45 (Rao)–(Black)"),
        ("GPUs---among the most -- or --- so", "GPUs—among the most – or — so"),
        ("https://a--b.io/c---d, pip --user a --b, <!-- x -->", "https://a--b.io/c---d, pip --user a --b, <!-- x -->"),
    ],
)
def test_latex_is_written_in_plain_characters(text: str, plain: str) -> None:
    assert without_latex(text) == plain


@given(st.text(alphabet="$\\{}_^ abfrctimes19%~&#()'`"))
def test_it_survives_whatever_a_title_holds(text: str) -> None:
    assert isinstance(without_latex(text), str)


# Abstracts hold some commands without their backslash.
_NAMES_OF_SIGNS = "times|leq|geq|neq|propto|oplus|otimes|odot|cdot|arrow|infty|approx|pm|sim"


@given(
    st.text(alphabet=st.characters(exclude_characters="$\\{}~`"), max_size=80).filter(
        lambda text: "--" not in text and not re.search(_NAMES_OF_SIGNS, text)
    )
)
def test_what_holds_no_latex_stays_as_it_is(text: str) -> None:
    assert without_latex(text) == text


def test_no_recorded_abstract_or_title_has_any_left(recorded: Path) -> None:
    papers = [
        item["paper"] for file in (recorded / "hf").glob("*.json") for item in json.loads(file.read_text("utf-8"))
    ]
    texts = [clean_text(without_latex(paper[field])) for paper in papers for field in ("title", "summary")]
    assert len(texts) > 900
    assert [found[0] for text in texts for found in LEFT_OVER.finditer(text)] == []


def test_no_takeaway_and_no_section_of_a_recorded_paper_has_any_left(recorded: Path) -> None:
    papers = {
        item["paper"]["id"]: item["paper"]
        for file in sorted((recorded / "hf").glob("????-??-??.json"))
        for item in json.loads(file.read_text("utf-8"))
    }
    shown: list[str] = []
    for key, told in papers.items():
        paper = Paper(key, told["title"], (), told["summary"], feed_summary=told.get("ai_summary"))
        for takeaway in (
            find_takeaway(paper, None, "en"),
            find_takeaway(replace(paper, feed_summary=None), None, "en"),
        ):
            shown += [takeaway.text] if takeaway else []
        extracted = extract(paper, made_at=datetime(2026, 8, 20, tzinfo=UTC))
        shown += [readable(text) for _, text in extracted.sections] if extracted else []
    assert len(shown) > 2000
    assert [found[0] for text in shown for found in LEFT_OVER.finditer(text)] == []
    assert [text for text in shown if "$" in text and re.search(r"\$(?!\d)", text)] == []


class TestWithLatexRestored:
    @pytest.mark.parametrize(
        ("eaten", "meant"),
        [
            ("$\beta$ and $\tau$", r"$\beta$ and $\tau$"),
            ("3\times faster", r"3\times faster"),
            ("$\nabla f$ by \frac{1}{2}\rho", r"$\nabla f$ by \frac{1}{2}\rho"),
            ("$a \ne b$", r"$a \ne b$"),
            ("uma linha\ne outra", "uma linha\ne outra"),
            ("First.\nThen\tthe rest.\r\nEnd", "First.\nThen\tthe rest.\r\nEnd"),
            ("no\nless, no\nmore", "no\nless, no\nmore"),
            ("a \b b", "a \b b"),
            (r"\alpha stays", r"\alpha stays"),
        ],
    )
    def test_gives_back_what_json_ate_and_nothing_else(self, eaten: str, meant: str) -> None:
        assert with_latex_restored(eaten) == meant

    @given(st.text(alphabet="$abefnortux \b\f\n\r\t", max_size=40))
    def test_changes_nothing_but_what_it_gives_back(self, text: str) -> None:
        given_back = with_latex_restored(text)
        assert sum(sign.isalpha() for sign in given_back) >= sum(sign.isalpha() for sign in text)
        assert with_latex_restored(given_back) == given_back
