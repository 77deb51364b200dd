"""BibTeX as other programs and people write it."""

from __future__ import annotations

import pytest

from bot.imports.entries import SkipReason
from bot.imports.read import read_import

# As each of these writes a paper, shortened where nothing depends on it.
ZOTERO = r"""
@misc{wang_matting_2024,
	title = {Matting by {Generation}},
	url = {http://arxiv.org/abs/2407.21017},
	doi = {10.48550/arXiv.2407.21017},
	abstract = {This paper builds on 2401.00001, "{quoted}" \{and so on\}.},
	urldate = {2024-08-01},
	publisher = {arXiv},
	author = {Wang, Zhixiang and Li, Baiang and Satoh, Shin'ichi},
	month = jul,
	year = {2024},
	note = {arXiv:2407.21017 [cs]},
	keywords = {Computer Science - Computer Vision and Pattern Recognition, matting, to {Bo}},
	annote = {Comment: SIGGRAPH 2024},
}
"""
ZOTERO_FILED = r"""@article{wang_matting_2024, number = {{arXiv}:2407.21017}, file = {:C\:/2401.00001.pdf:PDF}}"""
GOOGLE_SCHOLAR = """@article{wang2024matting,
  title={Matting by Generation},
  author={Wang, Zhixiang and Li, Baiang and others},
  journal={arXiv preprint arXiv:2407.21017},
  year={2024}
}"""
ARXIV = """@misc{wang2024mattinggeneration,
      title={Matting by Generation},
      author={Zhixiang Wang and Baiang Li},
      year={2024},
      eprint={2407.21017},
      archivePrefix={arXiv},
      primaryClass={cs.CV},
      url={https://arxiv.org/abs/2407.21017},
}"""
DBLP = """@article{DBLP:journals/corr/abs-2407-21017,
  author       = {Zhixiang Wang and
                  Baiang Li},
  title        = {Matting by Generation},
  journal      = {CoRR},
  volume       = {abs/2407.21017},
  eprinttype    = {arXiv},
  eprint       = {2407.21017},
  timestamp    = {Fri, 30 Aug 2024 15:10:03 +0200},
  bibsource    = {dblp computer science bibliography, https://dblp.org}
}"""
MENDELEY = """@article{Wang2024,
   archivePrefix = {arXiv},
   arxivId = {2407.21017},
   title = {{Matting by Generation}},
   mendeley-groups = {reading},
}"""
OVERLEAF = r"""
% my references
@string{arxiv = "arXiv preprint "}
@String(CVPR= {IEEE Conf. Comput. Vis. Pattern Recog.})
@comment{jabref-meta: databaseType:bibtex;}
@preamble{ "\newcommand{\noop}[1]{}" }
@Article{ wang ,
    Title = "Matting by {``}Generation{''}",
    Journal = arxiv # "arXiv:" # {2407.21017}
}
"""
INSPIRE = """@article{Witten:1998qj, eprint = "hep-th/9802150", archivePrefix = "arXiv", doi = "10.4310/ATMP.1998"}"""
OLD_STYLE = """@article{x, eprint = {9802150}, archiveprefix = {arXiv}, primaryclass = {hep-th}}"""


@pytest.mark.parametrize(
    ("text", "paper_id"),
    [
        *((text, "2407.21017") for text in (ZOTERO, ZOTERO_FILED, GOOGLE_SCHOLAR, ARXIV, DBLP, MENDELEY, OVERLEAF)),
        (INSPIRE, "hep-th/9802150"),
        (OLD_STYLE, "hep-th/9802150"),
        (r"@misc{x, howpublished = {\url{https://arxiv.org/pdf/2407.21017v2.pdf}}}", "2407.21017"),
        (r"@misc{x, url = {https://huggingface.co/papers/2407.21017}}", "2407.21017"),
        ("@misc(x, title = {Parens}, eprint = {2407.21017})", "2407.21017"),
        ("@misc{x, title = {A} eprint = {2407.21017}}", "2407.21017"),  # a comma is missing
        ("@misc{eprint = {2407.21017}}", "2407.21017"),  # the key is missing
        ("Some words. @misc{x, eprint = 2407.21017 }", "2407.21017"),
        ("@misc{x, note = {Also arXiv:2407.21017}}", "2407.21017"),
        ('@misc{x, title = "A {"} B", eprint = "2407.21017"}', "2407.21017"),
    ],
)
def test_a_paper_is_known_by_its_arxiv_id_wherever_that_stands(text: str, paper_id: str) -> None:
    imported = read_import(text)
    assert [entry.ref.id for entry in imported.entries] == [paper_id]
    assert imported.skipped == ()


def test_tags_and_notes_come_along_but_for_what_the_program_added_itself() -> None:
    (entry,) = read_import(ZOTERO).entries
    assert (entry.tags, entry.note) == (("matting", "to Bo"), "Comment: SIGGRAPH 2024")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "@article{he2016, title = {Deep {R}esidual {L}earning}, doi = {10.1109/CVPR.2016.90}}",
            "Deep Residual Learning",
        ),
        ("@book{knuth, abstract = {See arXiv:2407.21017}}", "knuth"),
        ("@article{x, eprint = {2407.21017}, eprinttype = {hdl}}", "x"),
        ("@article{x, doi = {10.1000/2407.21017}}", "x"),  # its number only looks like an ID
        ("@article{x, url = {https://doi.org/10.1000/2407.21017}}", "x"),
        ("@article{x, pages = {2407.21017}, number = {2407.21017}}", "x"),
    ],
)
def test_what_is_on_no_arxiv_is_named(text: str, name: str) -> None:
    imported = read_import(text)
    assert imported.entries == ()
    assert [(each.name, each.reason) for each in imported.skipped] == [(name, SkipReason.NO_ARXIV_ID)]


@pytest.mark.parametrize(
    "broken",
    [
        "@misc{broken, title = {No end, eprint = {2401.00001},",
        '@misc{broken, title = "No end, eprint = {2401.00001}}',
        "@misc{broken, title = {A}, eprint = {2401.00001}",
        "@misc{broken, title {A}, eprint = {2401.00001}}",
        "@misc{broken, title = , eprint = {2401.00001}}",
        "@misc{broken, title = {A} # , eprint = {2401.00001}}",
        '@misc{broken, title = "A } B", eprint = {2401.00001}}',
    ],
)
def test_a_broken_entry_is_named_and_the_next_one_is_read(broken: str) -> None:
    imported = read_import(f"{GOOGLE_SCHOLAR}\n{broken}\n\n{INSPIRE}\n")
    assert [entry.ref.id for entry in imported.entries] == ["2407.21017", "hep-th/9802150"]
    assert [(each.name, each.reason) for each in imported.skipped] == [("broken", SkipReason.BROKEN)]


def test_links_beside_entries_are_read_and_comments_are_not() -> None:
    comments = "% arXiv:2401.00001\n@comment{arXiv:2401.00002}"
    text = f"https://arxiv.org/abs/2407.00001\n{ARXIV}\n{comments}\n{INSPIRE} 2407.00002"
    assert [entry.ref.id for entry in read_import(text).entries] == [
        *("2407.00001", "2407.21017", "hep-th/9802150", "2407.00002")
    ]


def test_a_paper_named_twice_is_imported_once() -> None:
    assert len(read_import(ARXIV + DBLP + MENDELEY).entries) == 1
