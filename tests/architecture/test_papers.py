"""What the papers say is so: files, commands, settings, facts, routes and decisions exist."""

import importlib
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from fastapi.routing import APIRoute
from pydantic import SecretStr

import api.main
from api.commandline.main import app
from domain.catalogue import ALL_COMMANDS
from domain.kernel.facts import known_names
from infrastructure.embedded.system_packages import INSTALL_LINES, System
from infrastructure.relay import wire
from infrastructure.settings import Settings
from infrastructure.wiring.workers import ROLES
from tests.architecture.source import PRODUCT, ROOT, modules

PAPERS: Final = ("README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md")
SECRET: Final = re.compile(r"PASSWORD|TOKEN|KEY|SECRET")
ASKED_FOR: Final = re.compile(r"\$\{[A-Z_]+:\?\}")
# The servers' own settings in docker-compose.yml, by the service that reads them.
SERVERS: Final = {"postgres", "kafka"}


def paper(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of the same level or above."""
    level = heading.split(" ", maxsplit=1)[0]
    found = re.search(
        rf"^{re.escape(heading)}$(.*?)(?=^#{{2,{len(level)}}} |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"no heading {heading}"
    return found[1]


def table(text: str) -> dict[str, list[str]]:
    """Return the rows of the tables in a text by the code in their first cell."""
    rows = re.findall(r"^\| `([^`]+)`[^|]*\|(.*)\|$", text, re.MULTILINE)
    return {first: [cell.strip() for cell in rest.split("|")] for first, rest in rows}


def linked(text: str) -> Iterator[str]:
    """Yield every path inside the project that a paper links to."""
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if "://" not in target:
            yield target


def missing(paths: Iterator[str], root: Path = ROOT) -> list[str]:
    return [path for path in paths if not (root / path).exists()]


def code(text: str) -> str:
    """Return the code in a paper: blocks, and what stands between backticks."""
    blocks = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)])


def commands(group: Any = None, name: str = "") -> dict[str, Any]:
    """Return every command of `anseo` under its full name."""
    group = group or typer.main.get_command(app)
    found: dict[str, Any] = {}
    for word, command in group.commands.items():
        full = f"{name} {word}".strip()
        found |= commands(command, full) if hasattr(command, "commands") else {full: command}
    return found


def examples(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each line that calls `anseo`: the command that it names, and its options."""
    for line in code(text).splitlines():
        found = re.match(r"(?:[A-Z_]+=\S+ )?(?:\S*/)?anseo (.+)$", line)
        if found is None:
            continue
        rest = shlex.split(found[1], comments=True)
        length = 2 if rest[0] in {"import", "relay", "codes", "calendar"} else 1
        yield " ".join(rest[:length]), [w for w in rest[length:] if w.startswith("--")]


def yaml(name: str) -> Any:
    return importlib.import_module("yaml").safe_load(paper(name))


def test_every_file_that_a_paper_links_to_exists() -> None:
    assert [path for name in PAPERS for path in missing(linked(paper(name)))] == []


def test_every_heading_that_a_paper_links_to_exists() -> None:
    known = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", paper("README.md"), re.MULTILINE)
    }
    wanted = {
        m for name in PAPERS for m in re.findall(r"\]\((?:README\.md)?#([^)]+)\)", paper(name))
    }
    assert wanted - known == set()


def test_the_walk_is_numbered_and_names_a_file_at_each_step() -> None:
    walk = section(paper("README.md"), "## From a mark to a message in ten minutes")
    steps = re.findall(
        r"^(\d+)\. (.*?)(?=^\d+\. |^\*\*|^The letter|\Z)", walk, re.MULTILINE | re.DOTALL
    )
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert [number for number, text in steps if not list(linked(text))] == []


def test_every_fact_and_command_of_the_walk_exists() -> None:
    walk = section(paper("README.md"), "## From a mark to a message in ten minutes")
    told = set(re.findall(r"\*([a-z_]+\.[a-z_]+)\*", walk))
    assert len(told) > 20
    assert told - set(known_names()) == set()
    said = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", walk))
    assert said - {cls.__name__ for cls in ALL_COMMANDS} == set()


def test_every_make_target_that_a_paper_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", paper("Makefile"), re.MULTILINE))
    for name in PAPERS:
        named = set(re.findall(r"\bmake ([a-z]+)", code(paper(name))))
        assert named - targets == set(), name


def test_the_readme_explains_every_command_and_only_those_that_exist() -> None:
    rows = table(section(paper("README.md"), "## The command line"))
    assert {row.removeprefix("anseo ") for row in rows} == set(commands())


@pytest.mark.parametrize("name", PAPERS)
def test_every_call_of_anseo_in_a_paper_names_a_command_and_options_that_exist(name: str) -> None:
    known = commands()
    for command, options in examples(paper(name)):
        assert command in known or any(full.startswith(f"{command} ") for full in known)
        if command in known:
            allowed = {o for p in known[command].params for o in (*p.opts, *p.secondary_opts)}
            assert set(options) <= allowed, command


def default(value: object) -> str:
    """Return a setting's default as a person would write it in the environment."""
    if value is None:
        return "none"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool | tuple):
        value = json.dumps(value, separators=(",", ":"))
    return f"`{value}`"


def test_every_setting_is_in_the_readme_with_its_default_and_none_that_is_not() -> None:
    rows = table(section(paper("README.md"), "## Settings"))
    wanted = {str(f.alias): default(f.default) for f in Settings.model_fields.values()}
    assert {name: cells[0] for name, cells in rows.items()} == wanted
    assert [name for name, cells in rows.items() if not cells[1]] == []


def test_every_variable_that_is_read_outside_the_settings_is_in_the_readme() -> None:
    read = {
        name
        for module in modules(*PRODUCT)
        for name in re.findall(r"environ(?:\.get\(|\[)\s*\"([A-Z_]+)\"", module.text)
    }
    assert {name for name in read if f"`{name}`" not in paper("README.md")} == set()


def test_every_decision_that_is_named_anywhere_was_made() -> None:
    made = re.findall(r"^## D(\d+) ", paper("DECISIONS.md"), re.MULTILINE)
    assert [int(number) for number in made] == sorted({int(number) for number in made})
    sources = [m.text for m in modules(*PRODUCT, "tests")] + [paper(name) for name in PAPERS]
    sources += [path.read_text() for path in (ROOT / "infrastructure").rglob("*.sql")]
    named = {n for text in sources for n in re.findall(r"(?<![\w+])D(\d{1,2})\b(?!\+)", text)}
    assert named - set(made) == set()


def test_every_decision_says_why_what_follows_and_what_else_there_was() -> None:
    parts = re.split(r"^## ", paper("DECISIONS.md"), flags=re.MULTILINE)[1:]
    told = ("**Context.**", "**Decision.**", "**Consequences.**", "**Alternatives.**")
    assert [part.split("\n")[0] for part in parts if not all(t in part for t in told)] == []


def test_the_readme_lists_every_route_and_only_those_that_exist() -> None:
    routes = {
        f"{method} {route.path}"
        for router in api.main.ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    assert set(table(section(paper("README.md"), "## HTTP"))) == routes


def test_the_readme_names_every_topic_and_every_header() -> None:
    told = section(paper("README.md"), "## Kafka")
    assert set(re.findall(r"`(anseo\.[a-z_]+)`", told)) == set(wire.topics("anseo"))
    written = (ROOT / "infrastructure/relay/wire.py").read_text()
    headers = set(re.findall(r"\"(ce_[a-z]+)\"", written)) - {"ce_specversion"}
    assert set(re.findall(r"`(ce_[a-z]+)`", told)) == headers


def test_all_papers_tell_the_same_version() -> None:
    version = tomllib.loads(paper("pyproject.toml"))["project"]["version"]
    assert re.findall(r"^## \[(\d[^\]]*)\]", paper("CHANGELOG.md"), re.MULTILINE)[0] == version
    assert version == api.main.VERSION
    assert yaml("docker-compose.yml")["services"]["api"]["image"] == f"anseo:{version}"


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml("docker-compose.yml")["services"]
    return found


def test_compose_has_a_service_for_every_role_and_for_no_other() -> None:
    ours = {name: one for name, one in services().items() if name not in SERVERS}
    assert set(ours) == {*ROLES, "api"}
    assert {name: one["command"] for name, one in ours.items()} == {n: ["run", n] for n in ours}


def test_every_service_of_compose_has_a_health_check() -> None:
    assert [name for name, one in services().items() if not one["healthcheck"]["test"]] == []


def leaks(environment: dict[str, Any]) -> list[str]:
    """Name each secret that has a value or a default; none at all is passed on from outside."""
    return [
        name
        for name, value in environment.items()
        if SECRET.search(name) and value is not None and not ASKED_FOR.fullmatch(str(value))
    ]


def test_compose_holds_no_secret_and_no_default_for_one() -> None:
    assert [name for one in services().values() for name in leaks(one["environment"])] == []
    addresses = re.findall(r"://[^\s/]*@", paper("docker-compose.yml"))
    assert addresses == ["://anseo:${POSTGRES_PASSWORD:?}@"]


def test_a_secret_in_compose_would_be_found() -> None:
    said = {"A_TOKEN": "abc", "B_KEY": "${B_KEY:-abc}", "C_KEY": "${C_KEY:?}", "D_PASSWORD": None}
    assert leaks(said) == ["A_TOKEN", "B_KEY"]


def test_compose_sets_only_settings_that_exist() -> None:
    known = {str(field.alias) for field in Settings.model_fields.values()}
    ours = [one for name, one in services().items() if name not in SERVERS]
    assert [n for one in ours for n in one["environment"] if n not in known] == []


def test_the_image_has_every_floor_the_letters_libraries_and_no_root() -> None:
    told = paper("Dockerfile")
    assert re.findall(r"^COPY ([a-z]+) \./", told, re.MULTILINE) == [
        *("domain", "processmanagers", "projections", "infrastructure", "api")
    ]
    needed = INSTALL_LINES[System.DEBIAN].split("--no-install-recommends ")[1].split()
    assert all(package in told for package in needed)
    assert "--no-dev" in told
    assert re.findall(r"^USER (\w+)$", told, re.MULTILINE)[-1] != "root"


def test_the_readme_gives_the_lines_that_doctor_gives() -> None:
    for system in (System.DEBIAN, System.UBUNTU):
        assert f"`sudo {INSTALL_LINES[system]}`" in paper("README.md")
    assert f"`{INSTALL_LINES[System.MACOS]}`" in paper("README.md")


def test_the_hooks_are_local_and_call_what_is_there() -> None:
    (repository,) = yaml(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    entries = " ".join(hook["entry"] for hook in repository["hooks"])
    assert missing(iter(re.findall(r"tests/[\w/]+\.py", entries))) == []


def test_a_file_command_or_fact_that_is_not_there_would_be_found(tmp_path: Path) -> None:
    assert missing(linked("see [`x`](domain/no.py#part) and [y](https://x.ie/z)"), tmp_path) == [
        "domain/no.py"
    ]
    assert list(
        examples("run `anseo import marks F --school SB` and `.venv/bin/anseo fly --up`")
    ) == [
        ("import marks", ["--school"]),
        ("fly", ["--up"]),
    ]
    assert list(table("| `A` | `1` | words |\n| B | 2 | words |")) == ["A"]
