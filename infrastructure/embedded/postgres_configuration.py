"""What the embedded PostgreSQL is told: safe first, then quick.

Nothing here trades durability for speed: a demo that loses data on a power cut would be a lie
about the product. PostgreSQL's log is kept free of people's words (no statements, no row details),
because it lies outside the person vault and is never erased.
"""

_CONFIGURATION = """\
# Written anew at every start by the launcher: changes here do not last.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'

fsync = on
full_page_writes = on
synchronous_commit = on

max_connections = 200
max_locks_per_transaction = 512
shared_buffers = '256MB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
effective_cache_size = '1GB'
max_wal_size = '2GB'
random_page_cost = 1.1
jit = off

statement_timeout = '60s'
lock_timeout = '10s'
idle_in_transaction_session_timeout = '5s'
{since_17}
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'ISO, YMD'
lc_messages = 'C'
logging_collector = off
log_line_prefix = '%m [%p] '
log_checkpoints = off
log_error_verbosity = terse
log_min_error_statement = panic
"""

ACCESS_RULES = """\
# Written anew at every start by the launcher: passwords only, loopback only.
host all         all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
"""


def configuration(*, version: int, port: int) -> str:
    """The settings file for one major version; a migration that needs longer says so itself."""
    since_17 = "transaction_timeout = '300s'\n" if version >= 17 else ""  # noqa: PLR2004
    return _CONFIGURATION.format(port=port, since_17=since_17)


def locale_options(version: int) -> tuple[str, ...]:
    """UTF-8 sorted by code point: the same order on every machine and after every system update."""
    if version >= 17:  # noqa: PLR2004 - the version that brought the built-in locale
        return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    return ("--locale=C",)
