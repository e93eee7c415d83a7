# Homeroom in one image: the wheel is built in the first stages, the last one holds Python and nothing to build with.
# Run with the host's network: media is UDP on addresses that browsers must reach.
#   docker build -t homeroom . && docker run --network host -v homeroom:/data homeroom

FROM node:20-bookworm-slim AS web
WORKDIR /src/web-client
COPY web-client/package.json web-client/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web-client/ ./
RUN npm run build

FROM rust:1-bookworm AS wheel
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements-dev.lock ./
RUN python3 -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock
COPY pyproject.toml README.md ./
COPY media/ media/
COPY server/ server/
COPY signaling/ signaling/
COPY recorder/ recorder/
COPY loadtest/ loadtest/
COPY --from=web /src/web-client/dist server/http/static/
RUN VIRTUAL_ENV=/build /build/bin/maturin build --release --locked --out /dist

FROM python:3.11-slim-bookworm
COPY requirements.lock /tmp/requirements.lock
COPY --from=wheel /dist/*.whl /tmp/
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r /tmp/requirements.lock \
    && pip install --no-cache-dir --no-deps /tmp/homeroom-*.whl \
    && rm -f /tmp/*.whl /tmp/requirements.lock \
    && useradd --system --create-home homeroom && mkdir /data && chown homeroom /data
USER homeroom
VOLUME /data
ENV PYTHONUNBUFFERED=1
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8080/healthz/live', timeout=2)"]
ENTRYPOINT ["homeroom"]
CMD ["serve", "--data", "/data"]
