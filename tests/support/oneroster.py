"""OneRoster bundles for tests: a dict of rows a file, written as a folder or as a zip."""

import csv
import io
import zipfile
from pathlib import Path

Rows = list[dict[str, str]]
DISTRICT: dict[str, Rows] = {
    "orgs": [
        {"sourcedId": "D1", "status": "active", "name": "Hill District", "type": "district"},
        {"sourcedId": "S1", "status": "active", "name": "Hill School", "type": "school"},
    ],
    "academicSessions": [
        {"sourcedId": "Y", "title": "2025", "type": "schoolYear"}
        | {"startDate": "2025-08-18", "endDate": "2026-05-29", "parentSourcedId": ""},
        {"sourcedId": "F", "title": "Fall", "type": "semester"}
        | {"startDate": "2025-08-18", "endDate": "2025-12-19", "parentSourcedId": "Y"},
        {"sourcedId": "Z", "title": "Spring", "type": "semester"}
        | {"startDate": "2026-01-05", "endDate": "2026-05-29", "parentSourcedId": "Y"},
    ],
    "users": [
        {"sourcedId": "P1", "givenName": "Seán", "familyName": "Byrne", "role": "student"}
        | {"grades": "04", "orgSourcedIds": "S1", "agentSourcedIds": "G1,G2"},
        {"sourcedId": "P2", "givenName": "Ana", "familyName": "Diaz", "role": "student"}
        | {"grades": "05,06", "orgSourcedIds": "S1", "agentSourcedIds": ""},
        {"sourcedId": "G1", "givenName": "Maire", "familyName": "Byrne", "role": "parent"}
        | {"sms": "(415) 555-2671", "email": "maire@example.org", "agentSourcedIds": "P1"},
        {"sourcedId": "G2", "givenName": "Tom", "familyName": "Byrne", "role": "guardian"},
        {"sourcedId": "G3", "givenName": "Eva", "familyName": "Diaz", "role": "relative"}
        | {"agentSourcedIds": "P2"},
        {"sourcedId": "T1", "givenName": "A", "familyName": "Teacher", "role": "teacher"},
    ],
    "enrollments": [
        {"sourcedId": "E1", "userSourcedId": "P1", "schoolSourcedId": "S1"}
        | {"role": "student", "beginDate": "2025-08-18", "endDate": ""},
        {"sourcedId": "E2", "userSourcedId": "P2", "schoolSourcedId": "S1"}
        | {"role": "student", "beginDate": "2025-09-02", "endDate": ""},
        {"sourcedId": "E3", "userSourcedId": "T1", "schoolSourcedId": "S1", "role": "teacher"},
    ],
    "demographics": [{"sourcedId": "P1", "birthDate": "2016-03-01"}],
}


def text_of(rows: Rows) -> str:
    """Write rows as OneRoster writes them: every cell that may hold a list is quoted."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names or ["sourcedId"], restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def bundle(
    folder: Path, files: dict[str, Rows], mode: str = "bulk", *, zipped: bool = True
) -> Path:
    """Write a bundle whose manifest says what is in it, and return where it lies."""
    manifest: Rows = [{"propertyName": "oneroster.version", "value": "1.1"}]
    known = ("orgs", "users", "roles", "enrollments", "academicSessions", "demographics", "classes")
    for name in known:
        manifest.append(
            {"propertyName": f"file.{name}", "value": mode if name in files else "absent"}
        )
    texts = {f"{name}.csv": text_of(rows) for name, rows in files.items()}
    texts["manifest.csv"] = text_of(manifest)
    if zipped:
        path = folder / "roster.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
        return path
    path = folder / "roster"
    path.mkdir(exist_ok=True)
    for name, text in texts.items():
        (path / name).write_text(text, encoding="utf-8")
    return path
