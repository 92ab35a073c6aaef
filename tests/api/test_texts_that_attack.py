"""S10 in CI size: 300 template payloads and loops; escapes 0, each ended within 2 seconds.

Each goes to the door that checks texts and to the very composer's templates; then values that
look like templates are filled in, because a child may be called anything.
"""

import re
from time import perf_counter
from typing import Any, Final

import jinja2
import pytest
from markupsafe import escape

from domain.shared.texts import TextKind, Wording
from infrastructure.documents.errors import TemplateForbidden
from infrastructure.documents.text_checks import filled, made_up
from infrastructure.documents.texts import written_by_a_school
from tests.infrastructure.documents.test_template_walls import ESCAPES
from tests.infrastructure.documents.test_text_checks import LETTER
from tests.support.front import Front

pytestmark = pytest.mark.postgres
PAYLOADS: Final = 300
SECONDS: Final = 2.0
MORE: Final = (
    "{{ school_name.__init__.__globals__['os'].popen('id').read() }}",
    "{{ ''['__cl' ~ 'ass__'] }}",
    "{{ school_name|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ school_name|format(school_name) }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ joiner.__init__.__globals__.os }}",
    "{{ namespace(a=1) }}",
    "{{ dict(a=1) }}",
    "{{ school_name|string|list|join(school_name*99999) }}",
    "{% for a in school_name recursive %}{{ loop(school_name) }}{% endfor %}",
    "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "{{ 9**9**9**9 }}",
    "{{ [1] * 10**10 }}",
    "{{ school_name|center(10**10) }}",
    "{% for a in range(10**10) %}{% endfor %}",
    "{% set x = 'a' * 10**10 %}{{ x }}",
    "{% if school_name.__class__ %}x{% endif %}",
    "{% if range(10**10)|list %}x{% endif %}",
    "{% if school_name %}" * 400 + "x" + "{% endif %}" * 400,
    "{{ " + "not " * 3000 + "school_name }}",
    "{{ " + "(" * 900 + "school_name" + ")" * 900 + " and x }}",
)
WRAPPED: Final = (
    "{}",
    "Dear {{{{ school_name }}}},\n{}",
    "{{% if school_name %}}{}{{% endif %}}",
    "{{% if not school_name %}}a{{% else %}}{}{{% endif %}}",
    "{{# a note #}}\u202e{}\n\n{{{{- school_name -}}}}",
)
SMS: Final[dict[str, Any]] = {
    "key": "ATTENDANCE_SMS",
    "kind": "SMS",
    "language": "en",
    "merge_fields": {"school_name": "text", "days_missed": "number"},
}


def payloads() -> list[str]:
    """Return as many as asked for: each way of attack in each of its wrappings, in turn."""
    bare = [
        re.sub(r"\bcount\b", "days_missed", re.sub(r"\bname\b", "school_name", one))
        for one in ESCAPES
    ]
    bare += MORE
    every = [wrap.format(one) for wrap in WRAPPED for one in bare]
    return every[:PAYLOADS]


def test_there_are_as_many_payloads_as_are_said_and_each_once() -> None:
    assert len(set(payloads())) == PAYLOADS


def test_no_payload_passes_the_door_or_the_composer_and_none_takes_long(front: Front) -> None:
    """S10: told as a fault of the text, by the door and by what fills texts."""
    for body in payloads():
        began = perf_counter()
        answer = front.post("/api/templates/validate", {**SMS, "body": body})
        assert answer.status_code == 200, answer.text
        codes = {one["code"] for one in answer.json()["errors"]}
        assert codes & {"syntax-forbidden", "field-missing"}, body[:80]
        with pytest.raises(TemplateForbidden):
            written_by_a_school(wording(body), 1)
        assert perf_counter() - began < SECONDS, body[:80]
    kept = front.post("/api/templates", {**SMS, "body": payloads()[0]})
    assert (kept.status_code, kept.json()["code"]) == (422, "template-faulty")
    assert front.get("/api/templates").json()["items"] == []


def wording(body: str) -> Wording:
    fields = SMS["merge_fields"]
    key, kind = "ATTENDANCE_SMS", TextKind.SMS
    return Wording(key=key, kind=kind, language="en", body=body, merge_fields=fields)


def test_a_plain_template_engine_would_run_some_of_them() -> None:
    """The negative control: payloads without our walls, of those that would not eat the machine."""
    plain = jinja2.Environment(autoescape=False)  # noqa: S701  the point of it
    for body, said in (
        ("{{ name.__class__ }}", "<class 'str'>"),
        ("{% for a in name %}x{% endfor %}", "xxx"),
        ("{{ name ~ name }}", "SeaSea"),
    ):
        assert body in ESCAPES
        assert plain.from_string(body).render(name="Sea") == said


VALUES: Final = (
    *(one for one in (*ESCAPES, *MORE) if len(one) <= 40),
    *("<script>alert(1)</script>", '" onload="x', "</p><img src=x>", "{{ 7*7 }}", "{% raw %}"),
    *("&lt;b&gt;", "{#", "#}", "'-alert(1)-'", "{{ school_name }}"),
)


def test_a_value_is_never_read_as_a_template_nor_as_markup() -> None:
    """S10: whoever is called so is called so, on a telephone and on paper."""
    text = wording("{{ school_name }} {{ days_missed }}")
    for value in VALUES:
        assert filled(text, {"school_name": value, "days_missed": 3}).text == f"{value} 3"
        fields = made_up(LETTER) | {"student_first_name": value}
        page = filled(LETTER, {name: fields[name] for name in LETTER.merge_fields}).html or ""
        assert str(escape(value)) in page
        assert value in page or str(escape(value)) != value
        assert all(tag not in page for tag in ("<script", "<img"))
