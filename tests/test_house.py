"""The house itself: its imports, the versions of what it is made of, and that the documents keep up with it."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest
from importlinter.cli import lint_imports
from packaging.version import Version

from tests.documentation import DOCUMENTS, ROOT, generated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARCHITECTURE = ROOT / "docs" / "architecture.md"


def test_imports_point_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0


def test_both_lock_files_agree() -> None:
    run, dev = (pins(ROOT / ".ci" / f"lock-{which}.txt") for which in ("run", "dev"))
    assert run.items() <= dev.items()


def test_the_lowest_versions_tried_are_the_lowest_allowed() -> None:
    allowed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    tried = pins(ROOT / ".ci" / "lock-lowest.txt")
    bounds = [re.fullmatch(r"([a-z0-9-]+)>=([0-9.]+)(,.*)?", each) for each in allowed]
    assert all(bounds)
    assert {bound[1]: Version(tried[bound[1]]) for bound in bounds if bound} == {
        bound[1]: Version(bound[2]) for bound in bounds if bound
    }


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_tables_that_the_code_writes_are_up_to_date(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert generated(text) == text, "make docs"


def tree() -> dict[str, str]:
    """Each path in the tree of docs/architecture.md, with what is said of it."""
    drawn = ARCHITECTURE.read_text(encoding="utf-8").partition("```text\n")[2].partition("```")[0]
    found: dict[str, str] = {}
    folders: list[str] = []
    for line in drawn.splitlines():
        shown = re.fullmatch(r"( *)(\S+) {2,}(\S.*)|( *)(\S+/)", line)
        assert shown, line
        depth = len(shown[1] or shown[4] or "") // 2
        name, meaning = shown[2] or shown[5], shown[3] or ""
        folders[depth:] = [name] if name.endswith("/") else []
        path = "".join(folders[:depth]) + name
        assert path not in found, path
        found[path] = meaning
    return found


def test_every_module_has_its_line_in_the_map() -> None:
    modules = {path for folder in ("bot", "handlers") for path in (ROOT / folder).rglob("*.py")}
    there = {path.relative_to(ROOT).as_posix() for path in modules if path.name != "__init__.py"}
    drawn = {path for path in tree() if path.endswith(".py")}
    assert there - drawn == set(), "give each of these its line in the tree of docs/architecture.md"
    assert drawn - there == set(), "these lines of docs/architecture.md are about modules that are gone"


def test_every_package_has_its_line_in_the_map() -> None:
    inits = {path for folder in ("bot", "handlers") for path in (ROOT / folder).rglob("__init__.py")}
    packages = {f"{path.parent.relative_to(ROOT).as_posix()}/" for path in inits}
    assert packages <= set(tree())
    assert {path for path in tree() if not (ROOT / path).exists()} == set()


def test_every_line_of_the_map_says_something_of_its_own() -> None:
    said = [meaning for path, meaning in tree().items()]
    assert all(said)
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("folder", ["bot", "handlers"])
def test_code_is_written_in_the_terms_of_the_field(folder: str) -> None:
    """Words that once named something here and that nobody else would look for."""
    ours = re.compile(
        r"\b(?:gate|couriers?|newsroom|commission\w*|summary desk|misquoted|judgement|tongues?)\b", re.IGNORECASE
    )
    found = {
        f"{path.relative_to(ROOT)}: {word}"
        for path in (ROOT / folder).rglob("*.py")
        for word in ours.findall(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def documented(path: Path) -> Iterator[tuple[str, str]]:
    """Every docstring of a module, with the name of what it describes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "name", "the module"), ast.get_docstring(node) or ""


def test_docstrings_begin_with_their_subject_or_verb() -> None:
    """Not with a clause in whose middle the subject has to be looked for, nor with that of another docstring."""
    clause = re.compile(
        r"(?:What|How|Told|When|Where|Which|Who|Whoever|Whatever|However|Why|Of|In which|For how|The same)\b"
    )
    found = {
        f"{path.relative_to(ROOT)}: {name}: {text[:60]}"
        for folder in ("bot", "handlers")
        for path in (ROOT / folder).rglob("*.py")
        for name, text in documented(path)
        if clause.match(text)
    }
    assert found == set()


# Dotted names of others: fields of Slack's payloads, a library's error, addresses that stand for any.
OF_OTHERS = {
    *("response_metadata.messages", "state.values", "seconds.microseconds"),
    *("jinja2.UndefinedError", "evil.com", "notevil.com"),
}


def test_every_dotted_name_in_a_docstring_or_comment_exists() -> None:
    texts = {path: path.read_text(encoding="utf-8") for at in ("bot", "handlers") for path in (ROOT / at).rglob("*.py")}
    code = " ".join(re.sub(r"`[^`\n]*`", "", text) for text in texts.values())

    def exists(name: str) -> bool:
        owner, last = name.split(".")[-2:]
        defining = [text for path, text in texts.items() if path.stem == owner or f"class {owner}" in text]
        return (
            name in code
            or any(re.search(rf"\b{last}\b", text) for text in defining)
            or (ROOT / name.replace(".", "/")).is_dir()
            or (ROOT / f"{name.replace('.', '/')}.py").is_file()
        )

    named = {
        name
        for text in texts.values()
        for name in re.findall(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?:\([^`]*\))?`", text)
    }
    assert {name for name in named - OF_OTHERS if not exists(name)} == set()


def test_nothing_is_defined_that_only_tests_use() -> None:
    code = {path: path.read_text(encoding="utf-8") for at in ("bot", "handlers") for path in (ROOT / at).rglob("*.py")}
    layout = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.jinja"))
    used = Counter(re.findall(r"\w+", " ".join([*code.values(), layout])))
    # What a decorator registers is used by whatever it is registered with; the emulator is for tests.
    plain = re.compile(r"^(?!\s*@).*\n\s*(?:async def|def|class) ([a-zA-Z_]\w*)", re.MULTILINE)
    defined = {
        name for path, text in code.items() if "slack_emulator" not in path.parts for name in plain.findall(text)
    }
    by_their_names = {"validateLink", *(name for name in defined if name.startswith("__"))}  # markdown-it-py, Python
    by_their_names |= {
        "async_save_bot",
        "async_find_bot",
        "async_find_installation",
        "async_delete_installation",
    }  # Slack's SDK
    assert {name for name in defined - by_their_names if used[name] < 2} == set()


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def classes(*, in_files_with: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """The classes of our own modules that have a word in them, and where they stand."""
    for folder in ("bot", "handlers"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for node in ast.parse(text).body if in_files_with in text else ():
                if isinstance(node, ast.ClassDef):
                    yield path.relative_to(ROOT).as_posix(), node


# Who needs the bot token beside the workspace it opens, and why.
KNOW_THE_BOT_TOKEN = {
    "bot/settings.py": "reads it",
    "bot/installed_workspaces.py": "gives workspaces those of their installations",
    "bot/workspace.py": "gives it to the workspace's client",
    "bot/cli/workspace_findings.py": "the doctor tries those of workspaces",
    "bot/token_encryption.py": "seals those of many workspaces",
    "bot/cli/checks.py": "the doctor tries it before any workspace is opened",
    "bot/cli/post.py": "a dry run does without one",
    "bot/demo/local_bot.py": "gives the bot that of the emulated Slack",
}


def uses_the_bot_token(path: Path) -> bool:
    return any(
        getattr(node, "attr", getattr(node, "id", getattr(node, "arg", None))) in {"bot_token", "slack_bot_token"}
        or (isinstance(node, ast.Attribute) and node.attr == "token")
        or (isinstance(node, ast.Constant) and node.value == "SLACK_BOT_TOKEN")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


def test_who_knows_the_bot_token() -> None:
    """A workspace, which has one of its own; everybody else is given what the workspace made with it."""
    paths = {path: path.relative_to(ROOT) for at in ("bot", "handlers") for path in (ROOT / at).rglob("*.py")}
    found = {
        place.as_posix()
        for path, place in paths.items()
        if not place.is_relative_to("bot/slack") and not place.is_relative_to("bot/slack_emulator")
        if uses_the_bot_token(path)
    }
    assert found == set(KNOW_THE_BOT_TOKEN)


def test_no_two_classes_have_one_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path, node in classes(in_files_with="class "):
        # The emulated Slack has people, channels, and reactions of its own: it knows nothing of Paperboy.
        if not node.name.startswith("_") and not path.startswith("bot/slack_emulator/"):
            places[node.name].append(path)
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_the_whole_store_is_given_to_those_alone_who_use_more_than_three_parts_of_it() -> None:
    used: dict[str, set[str]] = {}
    for _, node in classes(in_files_with="Store"):
        if any(isinstance(each, ast.Name) and each.id == "Store" for each in ast.walk(node)):
            used[node.name] = {
                each.attr
                for each in ast.walk(node)
                if isinstance(each, ast.Attribute)
                and (getattr(each.value, "attr", "") in {"_store", "store"} or getattr(each.value, "id", "") == "store")
            }
    assert used["DailyEdition"] >= {"outbox", "posted"}
    assert {name: parts for name, parts in used.items() if len(parts) <= 3 and name != "Services"} == {}
