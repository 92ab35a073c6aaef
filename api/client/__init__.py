"""A typed client of the HTTP API, made out of OpenAPI."""
