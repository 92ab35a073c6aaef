"""The register: marks and reference data with two clocks, and what the rules find in them."""
