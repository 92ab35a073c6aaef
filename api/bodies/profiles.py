"""Shapes of saved column profiles."""

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.bodies.shared import ID, example
from infrastructure.imports.csv_text import ColumnProfile

_PROFILE: Final[dict[str, Any]] = {
    "columns": {"student": "Pupil No", "date": "Day", "code": "Mark"},
    "date_format": "DMY",
    "shape": "long",
    "delimiter": ";",
}
_SAVED: Final[dict[str, Any]] = {
    "school_id": ID,
    "name": "office",
    "version": 2,
    "profile": _PROFILE,
    "saved_by": "staff:7",
    "saved_at": "2025-09-01T09:00:00Z",
}
ProfileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class NewProfileBody(BaseModel):
    """How a school's own export is written, under a name by which imports find it."""

    model_config = example({"school_id": ID, "name": "office", "profile": _PROFILE})

    school_id: UUID
    name: ProfileName
    profile: ColumnProfile


class ProfileBody(BaseModel):
    """How the export is written from now on; what was imported before stays as it was read."""

    model_config = example({"profile": _PROFILE})

    profile: ColumnProfile


class ProfileItem(BaseModel):
    """The newest version of a profile. Its version is its ETag."""

    model_config = example(_SAVED)

    school_id: UUID
    name: str
    version: int
    profile: ColumnProfile
    saved_by: str
    saved_at: AwareDatetime


class ProfileList(BaseModel):
    """A school's profiles by their names; a school has a handful."""

    model_config = example({"school_id": ID, "items": [_SAVED]})

    school_id: UUID
    items: list[ProfileItem]


class ProfileReceipt(BaseModel):
    """What was saved. The version of a deleted profile is that of its deletion."""

    model_config = example({"school_id": ID, "name": "office", "version": 3, "deleted": False})

    school_id: UUID
    name: str
    version: int
    deleted: bool
