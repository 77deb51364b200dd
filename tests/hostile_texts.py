"""Texts that nobody types in good faith, made from a seed: as long, as odd, and as full of markup as Slack takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

LONGEST = 40_000
"""The length of the longest message Slack takes (docs.slack.dev, chat.postMessage)."""

IDS = (
    "2407.21017",
    "2407.20743",
    "2407.21018v3",
    "2407.99999",
    "9999.99999",
    "0000.00000",
    "hep-th/9901001",
    "math.GT/0309136v2",
    "arXiv:2407.21017",
    "2407.21017" + "0" * 40,
    "２４０７.２１０１７",
    "2407\u200b.21017",
    "2407.21017\u202e",
    "٢٤٠٧.٢١٠١٧",
    "240721017",
    "2407-21017",
    "https://arxiv.org/abs/2407.21017?context=cs#a",
    "https://arxiv.org/pdf/2407.21018v99999999999.pdf",
    "https://huggingface.co/papers/2407.20743",
    "https://huggingface.co/papers/date/2024-07-31",
    "https://huggingface.co/papers/date/9999-99-99",
    "https://www.alphaxiv.org/abs/2407.21017",
    "https://openreview.net/forum?id=%00",
    "https://doi.org/10.48550/arXiv.2407.21017",
    "https://github.com/" + "a/" * 500,
    "http://[::1]/abs/2407.21017",
    "https://arxiv.org:99999999/abs/2407.21017",
    "https://arxiv.org@evil.example/abs/2407.21017",
    "https://arxiv.org/abs/%FF%FE%00",
    "https://xn--/abs/2407.21017",
)
MARKUP = (
    "<!channel>",
    "<!here>",
    "<!everyone|x>",
    "<!subteam^S012345>",
    "<@U00000001>",
    "<@W1|ana>",
    "<#C00000001|papers>",
    "<https://evil.example|2407.21017>",
    "<https://arxiv.org/abs/2407.21017|arxiv.org>",
    "<https://evil.example|",
    "<<<>>>|>",
    "<!date^99999999999^{date}|x>",
    "<mailto:a@b|c>",
    "<tel:1|2>",
    "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;",
    "<javascript:alert(1)|x>",
    "*_~`*_~`",
    "```",
    "`" * 50,
    "> > > >",
    "[x](https://evil.example)",
    "![x](https://evil.example/p.png)",
    ":bookmark:" * 20,
    "|",
    "{{ x }} {% y %} ${z} %s {0}",
)
UNICODE = (
    "\u202e\u2066\u2069",
    "\u200b\u200d\ufeff\u2060",
    "a" + "\u0301" * 200,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1f0\U0001f1f7",
    "ㄱㅏ\u1100\u1161\u11a8",
    "ᄀ" * 50,
    "확산모델을",
    "읽기 목록",
    "שלום",
    "ﷺ" * 20,
    "ǅﬁﬃ№",
    "İıſK",
    "\ufffd\ufffe\uffff",
    "\u0085\u2028\u2029",
    "\u00a0\u3000\t\v\f",
    "\x01\x07\x1b[31m\x7f",
    "𝟚𝟜𝟘𝟟.𝟚𝟙𝟘𝟙𝟟",
    "\U000e0041\U000e0042",
)
OPERATORS = (
    '"',
    '""',
    '"unclosed',
    "'; DROP TABLE papers; --",
    "NEAR(a b, 99999999999)",
    "a AND OR NOT b",
    "title : x",
    "{title authors}: x",
    "^x",
    "x*",
    "*",
    "-",
    "--",
    "a + b",
    "(((((",
    ")))))",
    "author:",
    'author:"',
    'author:"\\"',
    "author:author:author:x",
    "since:",
    "since:0000-00-00",
    "since:9999-12-31",
    "since:99999999999999999999",
    "before:1-1-1",
    "from:me",
    "from:<@U00000001>",
    "from:" + "x" * 300,
    "저자:",
    "%",
    "_",
    "\\",
    "LIKE '%' ESCAPE '\\'",
)
DATES = (
    "today",
    "어제",
    "latest",
    "top 0",
    "top -1",
    "top 99999999999999999999",
    "top 5 last week",
    "last 99999999999 days",
    "since 0001-01-01",
    "0000-00-00",
    "9999-12-31",
    "10000-01-01",
    "2024-02-30",
    "31 July 99999",
    "7월 99일",
    "1월 1일부터 12월 31일까지",
    "2024-07-31 to 1970-01-01",
    "2020-01-01 - 2030-01-01",
    "last year",
    "next week",
    "the day before yesterday",
    "week 54",
    "1/1/1",
    "²⁰²⁴-⁰⁷-³¹",
    "٢٠٢٤-٠٧-٣١",
)
VERBS = (
    "save",
    "remove",
    "share",
    "cite",
    "bibtex",
    "in korean",
    "in klingon",
    "list",
    "list 0",
    "list 99999999999999999999999",
    "list -1",
    "clear list",
    "export csv",
    "settings",
    "pause",
    "resume",
    "set time 99:99",
    "skip",
    "follow",
    "mute",
    "status",
    "help",
    "language",
    "language xx",
    "language ko",
    "search",
    "find",
    "by",
    "저장",
    "삭제",
    "공유",
    "검색",
    "목록",
    "설정",
    "도움말",
    "what data was it trained on?",
    "무슨 데이터로 학습했나요?",
    "diffusion",
    "matting",
    "hi",
    "?",
    "thanks",
)
KINDS = (IDS, MARKUP, UNICODE, OPERATORS, DATES, VERBS)


def hostile_text(choose: random.Random) -> str:
    """One text: a few pieces most of the time, one repeated until Slack takes no more now and then, or none."""
    match choose.randrange(12):
        case 0:
            return choose.choice(("", " ", "\n", "\u200b", "\u3164", "​ ​"))
        case 1:
            piece = choose.choice(choose.choice(KINDS))
            apart = choose.choice(("", " ", "\n", ",", "(", '"', "/", "."))
            return ((piece + apart) * (LONGEST // (len(piece + apart) or 1)))[: choose.choice((4001, 12_000, LONGEST))]
        case 2:
            ids = (
                f"{choose.randrange(700, 2700):04}.{choose.randrange(100_000):05}"
                for _ in range(choose.choice((30, 2500)))
            )
            return choose.choice(("", "save ", "remove ", "cite ", "share ")) + " ".join(ids)
        case 3:
            return "".join(
                chr(choose.choice((choose.randrange(1, 0xD800), choose.randrange(0xE000, 0x10FFFF))))
                for _ in range(choose.choice((5, 300)))
            )
        case _:
            pieces = [choose.choice(choose.choice(KINDS)) for _ in range(choose.randrange(1, 5))]
            return choose.choice((" ", " ", " ", "\n", "")).join(pieces)[:LONGEST]
