"""What runs Paperboy elsewhere holds together: the image, two replicas with a balancer, systemd, Kubernetes.

`python -m tests.image` runs the image's steps, and what comes of them.
"""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from slack_bolt.async_app import AsyncApp

from bot.cli.main import COMMANDS
from bot.settings import SETTINGS
from bot.store.sqlite import open_store
from bot.web.metrics import Metrics, ReplicaFigures
from bot.web.server import add_slack, new_application
from tests.clocks import PatientClock
from tests.documentation import ROOT
from tests.image import Stage, stages
from tests.test_house import pins

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))
IMAGE = DOCKERFILE[-1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DEPLOYMENT, SERVICE, BUDGET = yaml.safe_load_all((ROOT / "docs" / "kubernetes.yaml").read_text(encoding="utf-8"))
POD: dict[str, Any] = DEPLOYMENT["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
UNIT = ROOT / "docs" / "paperboy.service"
# Not settings of Paperboy's.
OF_THE_IMAGE = {"PATH", "HOME", "PYTHONDONTWRITEBYTECODE"}


def health_check() -> list[str]:
    told: list[str] = json.loads(IMAGE.last("HEALTHCHECK").text.partition("CMD ")[2])
    return told


def probes() -> dict[str, Any]:
    return {name: value for name, value in CONTAINER.items() if name.endswith("Probe")}


async def served(folder: Path) -> set[str]:
    """The paths that a bot serves over HTTP."""
    store = await open_store(folder / "paperboy.db")
    application = new_application(store.maintenance, Metrics(), ReplicaFigures)
    app = AsyncApp(signing_secret="0" * 32, token="xoxb-1")
    add_slack(application, app, "0" * 32, Metrics(), PatientClock().now)
    await store.close()
    return {str(resource.canonical) for resource in application.router.resources()}


# the image ------------------------------------------------------------------------------------------------------------


def test_the_image_has_the_locked_packages_for_either_database() -> None:
    image, run, dev = (pins(ROOT / ".ci" / f"lock-{which}.txt") for which in ("image", "run", "dev"))
    build = pins(ROOT / ".ci" / "lock-build.txt")
    assert image.items() <= dev.items()
    assert run.keys() - image.keys() == build.keys() - image.keys(), "what builds Paperboy is not needed to run it"
    assert build.items() <= run.items()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = {re.split(r"[\[>=<]", each)[0] for wanted in extras.values() for each in wanted}
    locked = (ROOT / ".ci" / "lock-image.txt").read_text(encoding="utf-8")
    assert [name for name in named if not re.search(rf"(?m)^{name}(\[\w+\])?==", locked)] == []


@pytest.mark.parametrize("stage", DOCKERFILE, ids=lambda stage: stage.name or "image")
def test_what_is_copied_into_the_image_is_there_and_nothing_keeps_it_out(stage: Stage) -> None:
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = [step.words() for step in stage.steps if step.word == "COPY" and "--from" not in step.text]
    sources = {source for *some, _ in copied for source in some}
    assert {source for source in sources if not (ROOT / source).exists()} == set()
    assert sources <= allowed
    assert [step.text for step in stage.steps if step.word == "RUN" and re.search(r"pip .*install", step.text)
            and "--no-cache-dir" not in step.text] == []  # fmt: skip
    assert re.fullmatch(r"python:3\.\d+-slim", stage.base)


def test_the_image_runs_as_nobody_in_particular_and_writes_to_its_volume_alone() -> None:
    environment = IMAGE.environment()
    assert {name.lower() for name in environment.keys() - OF_THE_IMAGE} <= {*SETTINGS}
    assert re.fullmatch(r"([1-9]\d+):\1", IMAGE.last("USER").text)
    volume = IMAGE.last("VOLUME").text
    assert IMAGE.last("WORKDIR").text == environment["HOME"] == volume
    assert environment["DATABASE_URL"].startswith(f"sqlite:///{volume}/")
    assert environment["PORT"] == IMAGE.last("EXPOSE").text
    assert {"org.opencontainers.image.title", "org.opencontainers.image.licenses"} <= {
        pair.partition("=")[0] for step in IMAGE.steps if step.word == "LABEL" for pair in step.words()
    }


def test_the_image_runs_a_command_there_is() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    (program,) = IMAGE.last("ENTRYPOINT").words()
    assert program in scripts
    assert IMAGE.last("CMD").words()[0] in COMMANDS


async def test_who_looks_whether_a_replica_is_alive_asks_for_pages_there_are(tmp_path: Path) -> None:
    pages = await served(tmp_path)
    asked = {*re.findall(r"'(/\w+)'", health_check()[-1]), *(probe["httpGet"]["path"] for probe in probes().values())}
    assert asked == {"/livez", "/healthz"}
    assert asked <= pages
    assert probes()["livenessProbe"]["httpGet"]["path"] == "/livez", "an outage of the database must end no replica"
    assert probes()["readinessProbe"]["httpGet"]["path"] == "/healthz"
    compile(health_check()[-1], "the health check", "exec")


# two replicas, a balancer, and PostgreSQL -----------------------------------------------------------------------------


def test_two_replicas_share_a_database_whose_password_is_nowhere_but_in_env() -> None:
    replicas = {name: each for name, each in COMPOSE["services"].items() if each.get("build")}
    assert len(replicas) == 2
    for replica in replicas.values():
        assert {name.lower() for name in replica["environment"]} <= {*SETTINGS}
        assert replica["environment"]["DATABASE_URL"].startswith("postgresql://paperboy:${POSTGRES_PASSWORD:?")
        assert replica["environment"]["PORT"] == IMAGE.environment()["PORT"]
        assert (replica["env_file"], replica["read_only"], replica["cap_drop"]) == (".env", True, ["ALL"])
    names = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    assert names == {"POSTGRES_PASSWORD", "SITE_ADDRESS"}
    assert not {name.lower() for name in names} & {*SETTINGS}


def test_each_part_waits_until_what_it_needs_is_well() -> None:
    services = COMPOSE["services"]
    for service in services.values():
        for needed, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in services[needed] or "build" in services[needed], "the image has a check of its own"


async def test_the_balancer_lets_through_to_both_what_slack_and_browsers_ask_for(tmp_path: Path) -> None:
    caddyfile = COMPOSE["configs"]["caddyfile"]["content"]
    port = IMAGE.environment()["PORT"]
    assert re.findall(r"(\S+):(\d+)", caddyfile) == [("paperboy-1", port), ("paperboy-2", port)]
    assert re.findall(r"path (\S+)", caddyfile) == ["/slack/*"]
    assert re.findall(r"health_uri (\S+)", caddyfile) == ["/healthz"]
    assert {page for page in await served(tmp_path) if not page.startswith("/slack/")} == {
        "/livez",
        "/healthz",
        "/metrics",
    }


def test_every_volume_and_config_that_is_named_is_there() -> None:
    for service in COMPOSE["services"].values():
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= COMPOSE["volumes"].keys()
        assert {config["source"] for config in service.get("configs", [])} <= COMPOSE["configs"].keys()


# Kubernetes -----------------------------------------------------------------------------------------------------------


def test_the_parts_of_the_manifest_mean_the_same_pods() -> None:
    labels = DEPLOYMENT["spec"]["template"]["metadata"]["labels"]
    assert labels == DEPLOYMENT["spec"]["selector"]["matchLabels"] == SERVICE["spec"]["selector"]
    assert labels == BUDGET["spec"]["selector"]["matchLabels"]
    assert SERVICE["spec"]["ports"][0]["targetPort"] == CONTAINER["ports"][0]["name"]
    assert {probe["httpGet"]["port"] for probe in probes().values()} == {CONTAINER["ports"][0]["name"]}
    environment = {each["name"]: each.get("value") for each in CONTAINER["env"]}
    assert {name.lower() for name in environment} <= {*SETTINGS}
    assert environment["PORT"] == str(CONTAINER["ports"][0]["containerPort"])
    assert "DATABASE_URL" in environment, "a replica without it would have a database of its own"


def test_pods_run_as_the_image_does_and_can_write_to_its_volume_alone() -> None:
    user = int(IMAGE.last("USER").text.partition(":")[0])
    context = POD["securityContext"]
    assert context["runAsNonRoot"] is True
    assert {context["runAsUser"], context["runAsGroup"], context["fsGroup"]} == {user}
    own = CONTAINER["securityContext"]
    assert own["readOnlyRootFilesystem"] is True
    assert own["allowPrivilegeEscalation"] is False
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert [mount["mountPath"] for mount in CONTAINER["volumeMounts"]] == [IMAGE.last("VOLUME").text]
    assert {mount["name"] for mount in CONTAINER["volumeMounts"]} == {volume["name"] for volume in POD["volumes"]}


def test_a_rolling_update_and_a_drain_leave_a_replica() -> None:
    assert DEPLOYMENT["spec"]["replicas"] >= 2
    assert DEPLOYMENT["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert 1 <= BUDGET["spec"]["minAvailable"] < DEPLOYMENT["spec"]["replicas"]


# systemd --------------------------------------------------------------------------------------------------------------


def test_the_unit_runs_a_command_there_is_where_its_database_is() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment, method-assign]  # names have capitals there
    unit.read(UNIT, encoding="utf-8")
    service = unit["Service"]
    program, command = service["ExecStart"].split()
    assert program.endswith("/paperboy")
    assert command in COMMANDS
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert service["RestartPreventExitStatus"] == "2", "wrong settings stay wrong"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze isn't here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    here = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text(encoding="utf-8"))
    (tmp_path / "paperboy.service").write_text(here, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "paperboy.service"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "paperboy.service" in line]) == (0, [])
