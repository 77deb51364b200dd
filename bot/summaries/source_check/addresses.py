"""The check of addresses, commands, and accusations: links, mentions, phone numbers, and words no summary needs.

Hidden instructions often want one of these. Addresses are compared by where they lead, not letter by letter:
`notevil.com` is not `evil.com`, and `arxiv.org@evil.com` is.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

_HERE = Path(__file__).parent
_LONGEST = 300
_REST = rf"[^\s<>\"']{{0,{_LONGEST}}}"
_LABEL = r"[\w-]{1,63}"
_LINK = rf"(?:[a-z][a-z0-9+.-]{{1,20}}:)?//[^\s<>\"']{{1,{_LONGEST}}}"
# Schemes that lead somewhere without two slashes.
_SLASHLESS = rf"\b(?:data:\w{{1,20}}/|(?:javascript|vbscript|mailto|tel|sms|file|blob|intent|slack):(?=\S)){_REST}"
_E_MAIL = rf"[\w.+-]{{1,64}}@{_LABEL}(?:\.{_LABEL}){{1,5}}"
_NETWORK = rf"(?<![\w.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\w.]\d)(?::\d{{1,5}})?(?:/{_REST})?"
_SITE = rf"(?<![\w@.-])(?:{_LABEL}\.){{1,5}}[^\W\d_]{{2,24}}(?![\w-])(?::\d{{1,5}})?(?:[/?#]{_REST})?"
_MENTION = r"(?<![\w.])@\w[\w.-]{0,80}"
_SLACK = r"<[@#!][^>\n]{0,200}>"
_TELEPHONE = (
    r"(?<![\w.,])(?:\+\d{1,3}[ -]\d[\d -]{6,14}\d|\+\d{10,14}|0\d{1,2}-\d{3,4}-\d{4}|\(\d{3}\) ?\d{3}-\d{4})"
    r"(?![\w.,]\d)"
)
_ADDRESS = re.compile(
    rf"(?P<slack>{_SLACK})|(?P<link>{_LINK})|(?P<slashless>{_SLASHLESS})|(?P<e_mail>{_E_MAIL})"
    rf"|(?P<network>{_NETWORK})|(?P<site>{_SITE})|(?P<mention>{_MENTION})|(?P<telephone>{_TELEPHONE})",
    re.IGNORECASE,
)
# The other full stops that browsers take for the one in a name (UTS #46), and the ways in which people hide it.
_FULL_STOP = re.compile(
    r"(?<=[A-Za-z0-9])(?:[。．｡]|\s?(?:\[\.\]|\(\.\)|\[dot\]|\(dot\))\s?)(?=[A-Za-z0-9])", re.IGNORECASE
)
_DISARMED = re.compile(r"\bhxxp(s?)(?=:)", re.IGNORECASE)
# Endings that are taken for one however they are written; others may be a sentence that begins without a space.
_PLAIN_ENDINGS = frozenset(
    ["com", "org", "net", "io", "ai", "dev", "app", "co", "kr", "gg", "ly", "ru", "cn", "jp", "xyz", "edu"]
)
# Endings of files that are also those of sites, and what files are called and sites hardly ever are.
_FILES_TOO = frozenset(["py", "md", "sh", "rs", "cc", "pl", "pt", "ps", "ml"])
_USUAL_FILES = frozenset(
    (
        *("main", "train", "training", "test", "eval", "evaluate", "evaluation", "run", "infer", "inference", "demo"),
        *("setup", "model", "models", "utils", "config", "data", "dataset", "app", "index", "readme", "license"),
        *("changelog", "generate", "predict", "preprocess", "pretrain", "finetune", "sample", "install", "build"),
        *("__init__", "__main__"),
    )
)
_PARTICLES = re.compile("(?<=[A-Za-z0-9/_=-])[가-힣]+$")

# What is said to a program or by one, and by no paper of its own results.
_COMMAND = re.compile(
    r"\b(?:ignore|disregard|forget) (?:all |any |the |your |my ){0,3}(?:previous|prior|above|earlier|preceding)\b"
    r"|\bas an? (?:ai|artificial intelligence)(?: language)? (?:model|assistant)\b"
    r"|\bas a (?:large )?language model,? i\b|\bi(?:'m| am) (?:sorry|unable|not able)\b|\bi (?:cannot|can't|can not)\b"
    r"|\bsystem prompt\b|\bhere is (?:the|a|your) (?:summary|json)\b|\b(?:click|tap) here\b|\bfollow this link\b"
    r"|(?:이전|앞선|위의)[^.\n]{0,12}(?:지시|명령|지침)[^.\n]{0,8}무시|(?:AI|인공지능) ?언어 ?모델(?:로서|이므로|이기)"
    r"|(?:여기|링크)를 ?(?:클릭|누르)|죄송(?:합니다|하지만)",
    re.IGNORECASE,
)
# What wants something secret or of value from whoever reads; no summary does, whatever its paper says.
_WANTED = (
    r"(?:passwords?|pass ?phrases?|credentials?|log-?in|(?:one-time|verification|security|2fa|otp) codes?|pins?"
    r"|(?:api|secret|private|recovery) keys?|seed phrases?|(?:access|bot|slack) tokens?|wallets?|gift cards?"
    r"|(?:credit )?card (?:numbers?|details)|bank (?:accounts?|details)|account details)"
)
_APPEAL = re.compile(
    r"\b(?:enter|re-?enter|send|submit|confirm|verify|update|reset|share|provide|give|paste|type|dm|reply|respond)"
    rf"\s(?:(?:us|me)\s)?(?:(?:in|with)\s)?your\s(?:\w{{1,20}}\s){{0,2}}{_WANTED}\b"
    r"|\blog ?in (?:again )?(?:to|with|at) (?:your|this)\b|\byour (?:slack )?account (?:has been|will be|is)\b"
    r"|\b(?:wire|transfer|send) (?:\w{1,20} ){0,3}(?:money|bitcoins?|funds|payment)\b"
    r"|(?:비밀번호|패스워드|암호|인증 ?(?:번호|코드)|보안 ?코드|계좌 ?번호|카드 ?번호|주민(?:등록)? ?번호"
    r"|로그인 ?정보|개인 ?정보|API ?키|토큰|시드 ?구문)[를을]? ?(?:다시 |모두 |바로 )?"
    r"(?:입력|보내|알려|제출|공유|전송|재설정|확인해|변경해) ?"
    r"(?:하세요|하십시오|해 ?주|주세요|주십시오|하시|하여|해야|십시오|세요)"
    r"|(?:로그인|송금|입금|결제)(?:하세요|하십시오|해 ?주(?:세요|십시오|시기))|귀하의 (?:계정|계좌)",
    re.IGNORECASE,
)
# Grave words about a paper or its authors, told apart by what they mean; the source must have one of the same.
_GRAVE = {
    "retracted": r"\bretract(?:ed|ion)\b|\bwithdrawn\b|\bwithdrew\b|철회|撤稿|撤回",
    "fraud": r"\b(?:for|scientific|academic|research|data) fraud\b"
    r"|\bfraudulent (?:data|results?|papers?|study|claims?)\b|\b(?:fabricat|falsif|fak)\w+ (?:the |their |its |of )?"
    r"(?:data|results?|evidence|experiments?)\b|\bhoax\b|날조|조작(?:된|한) (?:데이터|결과|실험)|捏造|造假",
    "plagiarized": r"\bplagiari\w+|표절|剽窃|盗用",
    "misconduct": r"\bmisconduct\b|\bunethical\w*|연구 ?부정|부정 ?행위|비윤리",
}
_GRAVE_WORDS = {meaning: re.compile(words, re.IGNORECASE) for meaning, words in _GRAVE.items()}


@dataclass(frozen=True, slots=True)
class _Address:
    """An address as written, and its target: the `host` and the `rest` of a site, else only the host."""

    text: str
    kind: str
    host: str
    rest: str = ""

    def is_led_to_by(self, other: _Address) -> bool:
        """Whether this is where another address leads, or on the way there."""
        if (self.kind, self.host) != (other.kind, other.host):
            return False
        return not self.rest or self.rest == other.rest or other.rest.startswith(f"{self.rest}/")


def unknown_addresses(summary: str, read: str) -> list[str]:
    """Links, e-mail addresses, mentions and telephone numbers of a plain summary that its plain source lacks."""
    found = _addresses(summary)
    if not found:
        return []
    known = [address for address in _addresses(read) if address.kind != "slack"]
    return [each.text for each in found if not any(each.is_led_to_by(other) for other in known)]


def unknown_commands(summary: str, read: str) -> list[str]:
    """Commands to readers or the writer in a plain summary that are not in its source; and requests to readers for
    secrets or money, whoever makes them."""
    found = [match[0].strip() for match in _COMMAND.finditer(summary)]
    appeals = [match[0].strip() for match in _APPEAL.finditer(summary)]
    known = _in_one_line(read) if found else ""
    return [command for command in found if _in_one_line(command) not in known] + appeals


def _in_one_line(text: str) -> str:
    """A text in lower case, with a space for every hyphen: a system-prompt is a system prompt."""
    return re.sub(r"[\s-]+", " ", text.lower())


def unknown_accusations(summary: str, read: str) -> list[str]:
    """Grave words of a plain summary, such as `retracted`, whose meaning its plain source has no word for."""
    found = []
    for words in _GRAVE_WORDS.values():
        match = words.search(summary)
        if match and not words.search(read):
            found.append(match[0])
    return found


@lru_cache(maxsize=4)
def without_addresses(summary: str) -> str:
    """A text without its addresses, whose parts are no terms; cached, as it is searched for names and persons."""
    return _ADDRESS.sub(lambda match: " " if _read(match) else match[0], summary)


def _addresses(text: str) -> list[_Address]:
    spelt_out = _DISARMED.sub(r"http\1", _FULL_STOP.sub(".", text))
    return [address for match in _ADDRESS.finditer(spelt_out) if (address := _read(match))]


def _read(match: re.Match[str]) -> _Address | None:
    """The address that was matched; None when it only looks like one."""
    kind = match.lastgroup or ""
    text = _PARTICLES.sub("", match[0].rstrip(".,;:!?…)]}")).rstrip(".,;:!?…)]}")
    match kind:
        case "link":
            return _site(text, text if ":" in text.partition("//")[0] else f"https:{text}")
        case "site" | "network":
            return _site(text, f"https://{text}") if kind == "network" or _is_site(text) else None
        case "e_mail":
            name, _, host = text.rpartition("@")
            return _Address(text, kind, f"{name.lower()}@{_canonical(host)}")
        case "telephone":
            return _Address(text, kind, re.sub(r"\D", "", text))
        case _:
            return _Address(text, kind, text.lower())


def _is_site(text: str) -> bool:
    """Whether a name with points in it is one of the Internet's rather than a word, a file or two sentences."""
    host = re.split(r"[/:?#]", text, maxsplit=1)[0]
    before, _, ending = host.rpartition(".")
    if host == text and (before.lower() in _USUAL_FILES and ending.lower() in _FILES_TOO):
        return False
    if not before.isascii() and ending != ending.lower():  # a sentence, and the next begins with a name
        return False
    if ending.lower() in _PLAIN_ENDINGS or host.lower().startswith("www."):
        return True
    return ending == ending.lower() and ending in _endings()


def _site(text: str, address: str) -> _Address:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return _Address(text, "unreadable", text.lower())
    if parts.scheme.lower() not in {"http", "https"} or parts.username is not None:
        return _Address(text, "link", text.lower())
    named = _canonical(host).removeprefix("www.") + (f":{port}" if port else "")
    rest = unquote(parts.path).rstrip("/")
    if parts.query or parts.fragment:
        rest += f"?{parts.query}#{parts.fragment}"
    return _Address(text, "site", named, rest)


def _canonical(host: str) -> str:
    """A host in the one way of writing in which names are looked up."""
    plain = unicodedata.normalize("NFKC", host).lower().rstrip(".")
    try:
        return plain.encode("idna").decode()
    except UnicodeError:
        return plain


@cache
def _endings() -> frozenset[str]:
    """Every top-level domain (IANA's root zone, October 2026, with the names of countries in their own scripts)."""
    return frozenset((_HERE / "top_level_domains.txt").read_text(encoding="utf-8").split())
