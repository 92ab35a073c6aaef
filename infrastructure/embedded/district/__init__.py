"""The made-up district of the demo, as the files that the importers read."""

from infrastructure.embedded.district.district import (
    DEMO_SEED,
    Content,
    Delivery,
    District,
    make_district,
)

__all__ = ["DEMO_SEED", "Content", "Delivery", "District", "make_district"]
