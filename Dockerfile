# Paperboy as an image: `docker build --tag paperboy .`, then see docs/install.md. `python -m tests.image` runs these
# steps where no engine for containers is.

FROM python:3.13-slim AS build
WORKDIR /src
# The environment that is copied later: nothing but the locked packages, for either database, and Paperboy.
RUN python -m venv --without-pip /opt/paperboy
COPY .ci/lock-build.txt .ci/lock-image.txt .ci/
RUN python -m pip install --no-cache-dir --target /opt/build --require-hashes --requirement .ci/lock-build.txt
RUN python -m pip --python /opt/paperboy/bin/python install --no-cache-dir --require-hashes --requirement .ci/lock-image.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY handlers handlers
COPY templates templates
RUN PYTHONPATH=/opt/build python -m hatchling build --target wheel --directory /tmp/wheel \
    && python -m pip --python /opt/paperboy/bin/python install --no-cache-dir --no-deps --no-index /tmp/wheel/*.whl

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Paperboy" \
      org.opencontainers.image.description="A Slack bot that posts each day's most upvoted AI papers to your team's channels." \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/paperboy /opt/paperboy
# Numbers, so that an orchestrator can tell that it's not root. /data is the only folder that is written to.
RUN mkdir /data && chown 10001:10001 /data && chmod 700 /data
USER 10001:10001
WORKDIR /data
ENV PATH=/opt/paperboy/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////data/paperboy.db \
    HOST=0.0.0.0 \
    PORT=8080
VOLUME /data
EXPOSE 8080
# Whether the process answers; what it waits for (database, Slack) is told by /healthz.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/livez'); raise SystemExit(c.getresponse().status != 200)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["paperboy"]
CMD ["run"]
