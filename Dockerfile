# One image for every role: the command says which (`run api`, `run project`, ...).
FROM python:3.11-slim

# Letters are laid out by WeasyPrint, which needs Pango and the subsetting part of HarfBuzz.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

RUN python -m pip install --no-cache-dir "uv>=0.9,<1"

ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    PATH="/srv/anseo/.venv/bin:$PATH"
WORKDIR /srv/anseo

# Dependencies first: they change far less often than the source. The dev group holds the embedded
# servers and the tools; none of them belongs here.
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-dev --no-install-project --no-cache

COPY domain ./domain
COPY processmanagers ./processmanagers
COPY projections ./projections
COPY infrastructure ./infrastructure
COPY api ./api
RUN uv sync --frozen --no-dev --no-cache

# The home holds letters and the erasure log; it belongs on a volume that is backed up.
RUN useradd --system --uid 10001 --user-group --no-create-home anseo \
    && install -d -o anseo -g anseo -m 0700 /var/lib/anseo
ENV ANSEO_HOME=/var/lib/anseo \
    ANSEO_PROFILE=production \
    PYTHONUNBUFFERED=1
USER anseo

# Roles drain for 20 seconds after SIGTERM: give them a little longer before SIGKILL.
STOPSIGNAL SIGTERM
EXPOSE 8000
ENTRYPOINT ["anseo"]
CMD ["run", "api"]
