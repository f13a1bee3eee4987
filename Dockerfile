# One image for web, worker and beat.
FROM python:3.13-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements/production.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/production.txt
COPY . .
RUN pybabel compile --domain django --directory locale --locale id \
    && VAR_DIR=/app/var PORTAL_MODE=local python manage.py collectstatic --noinput

FROM python:3.13-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /tmp portal
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
# The only folder the portal writes to; everything else may be read-only.
RUN mkdir -p /app/var/media && chown 10001 /app/var/media
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PORTAL_MODE=production \
    VAR_DIR=/app/var \
    HOME=/tmp
USER 10001
EXPOSE 8000
CMD ["granian", "--interface", "asginl", "--http", "1", "--no-ws", "rkpd_portal.asgi:application"]
