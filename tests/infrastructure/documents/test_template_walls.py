"""What a template may not say is refused when it is read, not when a letter is due."""

import json
from pathlib import Path
from time import perf_counter

import pytest

from infrastructure.documents.errors import TemplateForbidden, TextTooLong
from infrastructure.documents.texts import Texts

ENTRY = {
    "key": "NOTE",
    "version": 1,
    "kind": "EMAIL",
    "language": "en",
    "file": "note.txt",
    "subject": "A note",
    "merge_fields": {"name": "text", "count": "number", "extra": "text?"},
}


def folder_with(tmp_path: Path, source: str, *entries: dict[str, object]) -> Path:
    (tmp_path / "note.txt").write_text(source, encoding="utf-8")
    (tmp_path / "templates.json").write_text(
        json.dumps({"templates": entries or (ENTRY,)}), encoding="utf-8"
    )
    return tmp_path


ESCAPES = [
    "{{ name.__class__ }}",
    "{{ name['__class__'] }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ name|attr('__class__') }}",
    "{{ name.format(name) }}",
    "{{ name() }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ range(10**9)|list }}",
    "{% for a in name %}x{% endfor %}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% set x = 1 %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% block b %}{% endblock %}",
    "{% filter upper %}x{% endfilter %}",
    "{% call m() %}{% endcall %}",
    "{% raw %}{% endraw %}{{ 'a' * 10**9 }}",
    "{{ 2 ** 100000000 }}",
    "{{ name ~ name }}",
    "{{ name + name }}",
    "{{ name if name is defined }}",
    "{{ count == 1 }}",
    "{{ [name] }}",
    "{{ {'a': name} }}",
    "{{ (name,) }}",
    "{{ name[0:1] }}",
    "{{ name|safe }}",
    "{{ name|upper }}",
    "{{ name|map('upper') }}",
    "{{ count|counted }}",
    "{{ count|counted('a') }}",
    "{{ count|counted(*name) }}",
    "{{ count|counted(one='a', many='b') }}",
    "{{ count|counted(name, name) }}",
    "{% autoescape false %}{{ name }}{% endautoescape %}",
    "{% trans %}x{% endtrans %}",
    "{% do name %}",
    "{{ name",
    "{% if name %}",
    "{{ undeclared }}",
    "{% if undeclared %}x{% endif %}",
    "{{ true and undeclared }}",
    "{{ request }}",
    "{{ config }}",
    "{{ lipsum }}",
    "{{ " + "not " * 5000 + "name }}",
]


@pytest.mark.parametrize("source", ESCAPES)
def test_a_template_that_computes_is_refused(tmp_path: Path, source: str) -> None:
    started = perf_counter()
    with pytest.raises(TemplateForbidden, match="NOTE/en/v1"):
        Texts.load(folder_with(tmp_path, source))
    assert perf_counter() - started < 2


def test_fields_conditions_and_the_one_filter_are_allowed(tmp_path: Path) -> None:
    source = (
        "{{ name }}{% if extra and not false %} {{ extra }}{% else %}!{% endif %}"
        ' {{ count | counted("day", "days") }}'
    )
    texts = Texts.load(folder_with(tmp_path, source))
    note = texts.find("NOTE", "en")
    assert texts.render(note, {"name": "<A>", "count": 1}).text == "<A>! 1 day"
    assert texts.render(note, {"name": "A", "count": 2, "extra": "b"}).text == "A b 2 days"


def test_a_text_over_its_limit_is_refused(tmp_path: Path) -> None:
    texts = Texts.load(folder_with(tmp_path, "{{ name }}" * 200))
    with pytest.raises(TextTooLong, match="NOTE/en/v1: the text is over 20000"):
        texts.render(texts.find("NOTE", "en"), {"name": "x" * 200, "count": 1})


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "xx"},
        {"version": 0},
        {"merge_fields": {"name": "html"}},
        {"subject": "{{ name.x }}"},
        {"subject": "{{ other }}"},
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(TemplateForbidden):
        Texts.load(folder_with(tmp_path, "x", {**ENTRY, **wrong}))


def test_a_template_twice_in_the_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateForbidden, match="twice"):
        Texts.load(folder_with(tmp_path, "x", ENTRY, ENTRY))


def test_two_languages_of_one_text_declare_the_same_fields(tmp_path: Path) -> None:
    irish = {**ENTRY, "language": "ga", "merge_fields": {"name": "text"}}
    with pytest.raises(TemplateForbidden, match="declares other fields"):
        Texts.load(folder_with(tmp_path, "x", ENTRY, irish))


def test_the_newest_version_is_found_and_the_old_one_kept(tmp_path: Path) -> None:
    texts = Texts.load(folder_with(tmp_path, "x", ENTRY, {**ENTRY, "version": 2}))
    assert texts.find("NOTE", "en").version == 2
    assert texts.find("NOTE", "en", version=1).version == 1
    assert texts.find("NOTE", "en").sha256 != texts.find("NOTE", "en", version=1).sha256


def test_any_change_of_the_text_changes_its_hash(tmp_path: Path) -> None:
    one = Texts.load(folder_with(tmp_path, "x")).find("NOTE", "en").sha256
    two = Texts.load(folder_with(tmp_path, "x ")).find("NOTE", "en").sha256
    assert one != two
