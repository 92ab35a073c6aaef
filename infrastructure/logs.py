"""Where the processes of the product say what happened: stderr, one JSON object a line."""

import logging
import sys

import structlog


def to_stderr() -> None:
    """Send logs to stderr, so that answers have stdout for themselves."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
