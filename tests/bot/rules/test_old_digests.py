"""Older digests, in every shape they were kept in: what is read from them, and that nothing of them is lost."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.digests import digest_markdown
from bot.rules.old_digests import Bullet, DigestEntry, ImportedDigest, imported_summary, parse_digest
from bot.rules.papers import ListedPaper, Origin, Paper, Reading, ReadSource, Section, Summary
from bot.sources.hugging_face import parse_daily_papers
from bot.summaries.extract import extract
from tests.harness import DAY, bundled_day

WELL_FORMED = """\
## Daily Papers (2024-07-31)

### [Lanterns: Lighting Small Models](https://arxiv.org/abs/2407.11111)

![](https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/2407.11111.png)

Vote: 41

Authors: Zoë Zed, Ana Ruiz

- **What's New**: 작은 모델을 밝히는 등불(lantern)을 소개합니다.
- **Technical Details**: 층을 $L_2$만큼 줄입니다.
- **Performance Highlights**: 4.5% 좋아졌습니다.

### [Kites [sic] (and * strings)](https://arxiv.org/abs/2407.22222)

![](https://cdn-uploads.huggingface.co/production/uploads/kites.png)

Vote: -

Authors: 김지민

- **What's New**: 연을 날립니다.

"""
LANTERNS = DigestEntry(
    "2407.11111",
    "Lanterns: Lighting Small Models",
    41,
    "Zoë Zed, Ana Ruiz",
    "https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/2407.11111.png",
    (
        Bullet("What's New", "작은 모델을 밝히는 등불(lantern)을 소개합니다."),
        Bullet("Technical Details", "층을 $L_2$만큼 줄입니다."),
        Bullet("Performance Highlights", "4.5% 좋아졌습니다."),
    ),
)
KITES = DigestEntry(
    "2407.22222",
    "Kites [sic] (and * strings)",
    None,
    "김지민",
    "https://cdn-uploads.huggingface.co/production/uploads/kites.png",
    (Bullet("What's New", "연을 날립니다."),),
)


def test_a_digest_is_read_in_its_own_order() -> None:
    parsed = parse_digest(WELL_FORMED)
    assert parsed.digests == (ImportedDigest(DAY, WELL_FORMED, (LANTERNS, KITES)),)
    assert parsed.skipped == ()
    assert parsed.digests[0].language == "ko"


def the_paper(*lines: str) -> DigestEntry:
    """The one entry of a digest with these lines under its paper; nothing of them may be skipped."""
    parsed = parse_digest(
        "\n".join(["## Daily Papers (2023-11-24)", "### [A](https://arxiv.org/abs/2311.00001)", *lines])
    )
    assert parsed.skipped == ()
    ((entry,),) = (digest.entries for digest in parsed.digests)
    return entry


def test_thumbnail_votes_and_authors_may_be_missing_and_papers_need_no_blank_line_between() -> None:
    text = (
        "## Daily Papers (2023-11-24)\n"
        "### [A](https://arxiv.org/abs/2311.00001)\n- One.\n- Two.\n"
        "### [B](https://arxiv.org/abs/2311.00002)\n- Three."
    )
    parsed = parse_digest(text)
    assert parsed.skipped == ()
    assert parsed.digests[0].text == text
    assert parsed.digests[0].entries == (
        DigestEntry("2311.00001", "A", bullets=(Bullet(None, "One."), Bullet(None, "Two."))),
        DigestEntry("2311.00002", "B", bullets=(Bullet(None, "Three."),)),
    )


@pytest.mark.parametrize(
    "video",
    [
        ["[Watch Video](https://cdn-uploads.huggingface.co/a.mp4)"],
        ["[Watch Video]https://cdn-uploads.huggingface.co/a.mp4"],
        ['<video src="https://cdn-uploads.huggingface.co/a.mp4" controls>', "</video>"],
    ],
)
def test_a_video_stands_in_for_the_thumbnail_and_costs_nothing(video: list[str]) -> None:
    assert the_paper(*video, "", "Vote: 7") == DigestEntry("2311.00001", "A", 7)


@pytest.mark.parametrize(("line", "votes"), [("Vote: -", None), ("Vote: 0", 0), ("Vote:12", 12), ("Vote:", None)])
def test_votes_may_be_unknown(line: str, votes: int | None) -> None:
    assert the_paper(line).votes == votes


def test_an_author_line_is_kept_as_printed() -> None:
    assert the_paper("Authors: ['Ana Ruiz', \"Shin'ichi Sato\"]").author_line == "['Ana Ruiz', \"Shin'ichi Sato\"]"


@pytest.mark.parametrize(
    ("line", "bullet"),
    [
        ("- Free text: with a colon.", Bullet(None, "Free text: with a colon.")),
        ("- **Bold** words in it.", Bullet(None, "**Bold** words in it.")),
        ("- **Key**: value", Bullet("Key", "value")),
        ("- ***Key***: value", Bullet("Key", "value")),
        ("- **Key:** value", Bullet("Key", "value")),
        ("* **Key** : value", Bullet("Key", "value")),
        ("- **What\u2019s New**: value", Bullet("What\u2019s New", "value")),
        ("- **새로운 점**: 값: 둘", Bullet("새로운 점", "값: 둘")),
        ("- **Key**:", Bullet("Key", "")),
    ],
)
def test_bullets_have_many_styles(line: str, bullet: Bullet) -> None:
    assert the_paper(line).bullets == (bullet,)


def test_a_sentence_broken_over_lines_is_one_bullet() -> None:
    entry = the_paper("- **Technical Details**: The gradient \\", "abla is taken.", "- Next.")
    assert entry.bullets == (Bullet("Technical Details", "The gradient \\\nabla is taken."), Bullet(None, "Next."))


def test_a_title_broken_over_lines_is_one_title() -> None:
    parsed = parse_digest(
        "## Daily Papers (2024-12-02)\n\n### [A Long\n  Title](https://arxiv.org/abs/2412.00001)\n\nVote: 3\n"
    )
    assert parsed.skipped == ()
    assert parsed.digests[0].entries == (DigestEntry("2412.00001", "A Long Title", 3),)


def test_a_form_feed_in_a_formula_ends_no_line() -> None:
    assert the_paper("- **Technical Details**: $\x0crac{1}{2}$ and \x08eta\u2028.").bullets == (
        Bullet("Technical Details", "$\x0crac{1}{2}$ and \x08eta\u2028."),
    )


@pytest.mark.parametrize("address", ["http://arxiv.org/abs/hep-th/9901001", "https://arxiv.org/pdf/hep-th/9901001v2"])
def test_a_paper_is_known_by_the_id_in_its_address(address: str) -> None:
    parsed = parse_digest(f"## Daily Papers (2024-01-02)\n\n### [2407.99999](  \n\n### [A]({address})\n")
    assert [entry.paper_id for entry in parsed.digests[0].entries] == ["hep-th/9901001"]


# several digests in a file --------------------------------------------------------------------------------------------


def test_a_day_appended_twice_is_one_digest() -> None:
    again = WELL_FORMED.replace("2407.11111", "2407.33333").replace("2407.22222", "2407.44444")
    (digest,) = parse_digest(WELL_FORMED + again).digests
    assert digest.text == WELL_FORMED + again
    assert [entry.paper_id for entry in digest.entries] == ["2407.11111", "2407.22222", "2407.33333", "2407.44444"]


def test_several_days_are_a_digest_each_and_together_the_file() -> None:
    other = WELL_FORMED.replace("2024-07-31", "2024-08-01")
    parsed = parse_digest(WELL_FORMED + other)
    assert [(digest.day, digest.text) for digest in parsed.digests] == [
        (DAY, WELL_FORMED),
        (DAY + timedelta(days=1), other),
    ]


@pytest.mark.parametrize(
    "change",
    [lambda text: text.replace("\n", "\r\n"), lambda text: text.replace("\n", "\r"), lambda text: f"\ufeff{text}"],
)
def test_line_ends_and_a_byte_order_mark_change_nothing_but_the_text(change: type[str]) -> None:
    text = str(change(WELL_FORMED))
    parsed = parse_digest(text)
    assert parsed.digests == (ImportedDigest(DAY, text, (LANTERNS, KITES)),)
    assert parsed.skipped == ()


# what cannot be understood -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ("### Lanterns, without a link", 3),
        ("### [Lanterns](https://example.org/lanterns)", 3),
        ("### [Lanterns](https://arxiv.org/abs/2407.1", 3),
        ("## About this digest", 3),
    ],
)
def test_a_block_without_a_paper_is_named_by_its_line_and_costs_nothing_else(broken: str, line: int) -> None:
    parsed = parse_digest(
        WELL_FORMED.replace("### [Lanterns: Lighting Small Models](https://arxiv.org/abs/2407.11111)", broken)
    )
    assert parsed.digests[0].entries == (KITES,)
    assert [skipped.line for skipped in parsed.skipped] == [line]
    assert str(parsed.skipped[0]).startswith(f"{line}: skipped: ")


def test_a_stray_passage_is_named_once_and_costs_nothing_else() -> None:
    parsed = parse_digest(
        WELL_FORMED.replace("Vote: 41", "Vote: 41\n\nThe model said\nmany things\n\nthat belong nowhere.")
    )
    assert parsed.digests[0].entries == (LANTERNS, KITES)
    assert [skipped.line for skipped in parsed.skipped] == [9]


def test_a_heading_whose_date_is_none_loses_only_what_stands_under_it() -> None:
    broken = WELL_FORMED.replace("2024-07-31", "2024-13-45\x1b[31m")
    parsed = parse_digest(broken + WELL_FORMED)
    assert parsed.digests == (ImportedDigest(DAY, WELL_FORMED, (LANTERNS, KITES)),)
    assert [skipped.line for skipped in parsed.skipped] == [1]
    assert "2024-13-45" in parsed.skipped[0].reason
    assert "\x1b" not in parsed.skipped[0].reason


def test_what_stands_before_the_first_heading_is_named_and_kept() -> None:
    text = f"# My papers\n<!-- papers -->\n{WELL_FORMED}<!-- /papers -->\n"
    parsed = parse_digest(text)
    assert parsed.digests == (ImportedDigest(DAY, text, (LANTERNS, KITES)),)
    assert [skipped.line for skipped in parsed.skipped] == [1]


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "# Notes\n\n- none\n"])
def test_a_file_without_a_digest_says_so(text: str) -> None:
    parsed = parse_digest(text)
    assert parsed.digests == ()
    assert [skipped.line for skipped in parsed.skipped] == [1]


# any text -------------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "## Daily Papers (2024-07-31)",
        "## Daily Papers (2024-08-01)",
        "## Daily Papers (31.7.)",
        "### [A](https://arxiv.org/abs/2407.11111)",
        "### [B",
        "](https://arxiv.org/abs/2407.22222)",
        "Vote: 3",
        "Vote: many",
        "Authors: Ana",
        "- **What's New**: New.",
        "- **",
        "![](x)",
        "\r",
        "\ufeff",
        "\x00",
        "",
    ]
)
ANY_TEXT = st.lists(PIECES | st.text(max_size=20), max_size=30).flatmap(
    lambda pieces: st.sampled_from(["\n", "\r\n", "\r", ""]).map(lambda end: end.join(pieces))
)


@given(ANY_TEXT | st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_is_read_without_complaint_and_every_digest_is_a_part_of_it(text: str) -> None:
    parsed = parse_digest(text)
    assert len({digest.day for digest in parsed.digests}) == len(parsed.digests)
    assert sum(len(digest.text) for digest in parsed.digests) <= len(text)
    lines = max(text.count("\n"), text.count("\r")) + 1
    assert all(1 <= skipped.line <= lines for skipped in parsed.skipped)
    if parsed.digests and not any("has no date" in skipped.reason for skipped in parsed.skipped):
        assert sorted("".join(digest.text for digest in parsed.digests)) == sorted(text)
    for digest in parsed.digests:
        for entry in digest.entries:
            imported_summary(entry, digest.day)


WORDS = st.text(
    alphabet=st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs"), exclude_characters="*\ufeff")
).filter(lambda word: word == word.strip() != "")
ENTRIES = st.builds(
    DigestEntry,
    paper_id=st.integers(10000, 99999).map("2407.{}".format),
    title=WORDS,
    votes=st.none() | st.integers(0, 999_999_999),
    author_line=st.none() | WORDS,
    thumbnail_url=st.none() | st.integers().map("https://example.org/{}.png".format),
    bullets=st.lists(
        st.builds(Bullet, key=st.none() | WORDS.filter(lambda key: not key.endswith(":")), text=WORDS)
    ).map(tuple),
)


@given(st.dates(), st.lists(ENTRIES))
def test_what_is_written_is_read_back(day: date, entries: list[DigestEntry]) -> None:
    text = f"## Daily Papers ({day.isoformat()})\n\n" + "".join(map(written, entries))
    parsed = parse_digest(text)
    assert parsed.skipped == ()
    assert parsed.digests == (ImportedDigest(day, text, tuple(entries)),)


def written(entry: DigestEntry) -> str:
    blocks = [
        f"### [{entry.title}](https://arxiv.org/abs/{entry.paper_id})",
        *([f"![]({entry.thumbnail_url})"] if entry.thumbnail_url is not None else []),
        *([f"Vote: {entry.votes}"] if entry.votes is not None else []),
        *([f"Authors: {entry.author_line}"] if entry.author_line is not None else []),
        "\n".join(f"- **{b.key}**: {b.text}" if b.key is not None else f"- {b.text}" for b in entry.bullets),
    ]
    return "".join(f"{block}\n\n" for block in blocks if block)


def test_the_digests_we_print_have_the_same_form() -> None:
    papers = parse_daily_papers(json.dumps(bundled_day())).papers
    made_at = datetime(2024, 8, 1, tzinfo=UTC)
    text = digest_markdown(
        DAY, [Reading(listed.paper, listed, extract(listed.paper, made_at=made_at)) for listed in papers]
    )
    parsed = parse_digest(text)
    assert parsed.skipped == ()
    (digest,) = parsed.digests
    assert [(entry.paper_id, entry.votes) for entry in digest.entries] == [
        (each.paper.id, each.votes) for each in papers
    ]
    assert text == f"## Daily Papers ({DAY})\n\n" + "".join(map(written, digest.entries))


HOSTILE = "](https://evil.example) **What's New**: - `x` <b> \\ # ### [y](z)"


@given(st.text() | st.just(HOSTILE))
def test_no_title_or_text_breaks_out_of_the_digests_we_print(said: str) -> None:
    paper = Paper("2407.11111", said or "-", (said,))
    summary = Summary(
        "2407.11111",
        "en",
        ((Section.WHATS_NEW, said),),
        Origin.MODEL,
        "m",
        ReadSource.ABSTRACT,
        datetime(2024, 8, 1, tzinfo=UTC),
    )
    (digest,) = parse_digest(digest_markdown(DAY, [Reading(paper, ListedPaper(paper, 1), summary)])).digests
    assert [(entry.paper_id, [bullet.key for bullet in entry.bullets]) for entry in digest.entries] == [
        ("2407.11111", ["What's New"])
    ]


def test_no_address_of_a_picture_breaks_out_of_the_digests_we_print() -> None:
    paper = Paper(
        "2407.11111", "A", (), thumbnail_url="https://a.example/(1).png)[Read%20on](https://evil.example/b.png"
    )
    text = digest_markdown(DAY, [Reading(paper, ListedPaper(paper, 1), None)])
    assert "![](https://a.example/%281%29.png%29[Read%20on]%28https://evil.example/b.png)" in text


# summaries ------------------------------------------------------------------------------------------------------------


def test_an_imported_summary_is_called_one() -> None:
    summary = imported_summary(LANTERNS, DAY)
    assert summary is not None
    assert (summary.origin, summary.language, summary.paper_id) == (Origin.IMPORTED, "ko", "2407.11111")
    assert [section for section, _ in summary.sections] == [
        Section.WHATS_NEW,
        Section.TECHNICAL_DETAILS,
        Section.PERFORMANCE_HIGHLIGHTS,
    ]
    assert summary.section(Section.WHATS_NEW) == "작은 모델을 밝히는 등불(lantern)을 소개합니다."


@pytest.mark.parametrize(
    ("key", "section"),
    [
        ("What\u2019s New", Section.WHATS_NEW),
        ("WHAT'S NEW:", Section.WHATS_NEW),
        ("새로운 점", Section.WHATS_NEW),
        ("Conclusion and Future Work", Section.CONCLUSION),
        ("Ethical Considerations", Section.ETHICAL_CONSIDERATIONS),
    ],
)
def test_a_key_is_known_in_every_spelling(key: str, section: Section) -> None:
    summary = imported_summary(DigestEntry("2407.11111", "A", bullets=(Bullet(key, "Said."),)), DAY)
    assert summary is not None
    assert summary.sections == ((section, "Said."),)


@pytest.mark.parametrize(
    "bullet", [Bullet(None, "Free."), Bullet("Formatting Instructions", "Two columns."), Bullet("Limitations", " \x07")]
)
def test_what_stands_under_no_heading_of_ours_is_no_summary(bullet: Bullet) -> None:
    assert imported_summary(DigestEntry("2407.11111", "A", bullets=(bullet,)), DAY) is None


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("['One.', \"It's two.\"]", "One. It's two."),
        ("{'Data': 'Much.', 'Model': \"Small.\"}", "Data: Much. Model: Small."),
        ("[sic] it stays]", "[sic] it stays]"),
        (r"A \[bracket\] and \$5", r"A [bracket] and \$5"),
        ("$\x08eta$ and $\x0crac{1}{2}$", r"$\beta$ and $\frac{1}{2}$"),
        ("at $\tau$ of 0.5, 3\times, by $\nabla$ and $\rho$", r"at $\tau$ of 0.5, 3\times, by $\nabla$ and $\rho$"),
        ("a\tb\u2062c\x00", "a bc"),
    ],
)
def test_what_programs_made_of_a_text_is_undone(printed: str, said: str) -> None:
    summary = imported_summary(DigestEntry("2407.11111", "A", bullets=(Bullet("What's New", printed),)), DAY)
    assert summary is not None
    assert summary.section(Section.WHATS_NEW) == said
