# Built from Debian's own Python, so that a clean Debian root can carry out the same steps: `make image-check`.

FROM debian:bookworm-slim AS web
RUN apt-get update \
 && apt-get install --yes --no-install-recommends nodejs npm
WORKDIR /build
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 python3-venv
WORKDIR /build
COPY requirements/build.txt requirements/run.txt requirements/
RUN python3 -m venv /opt/vitrine \
 && /opt/vitrine/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt -r requirements/run.txt
COPY LICENSE README.md pyproject.toml ./
COPY requirements/run.in requirements/
COPY rendering rendering/
COPY policy policy/
COPY proxy proxy/
COPY demo demo/
COPY web web/
COPY --from=web /build/node_modules web/node_modules/
RUN /opt/vitrine/bin/pip install --no-deps --no-build-isolation . \
 && /opt/vitrine/bin/pip uninstall --yes setuptools pip

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates fonts-dejavu-core fonts-lohit-deva \
      fonts-tlwg-loma-otf fonts-wqy-microhei libfribidi0 libseccomp2 python3 \
 && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log \
 && useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin vitrine \
 && install -d -o vitrine -g vitrine -m 0700 /var/lib/vitrine/audit \
 && install -d -m 0755 /etc/vitrine
COPY --from=build /opt/vitrine /opt/vitrine/
COPY deploy/healthcheck.py /opt/vitrine/healthcheck.py
ENV PATH=/opt/vitrine/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER vitrine
WORKDIR /var/lib/vitrine
VOLUME ["/var/lib/vitrine/audit"]
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["/opt/vitrine/bin/python", "/opt/vitrine/healthcheck.py", "/etc/vitrine/vitrine.toml"]
ENTRYPOINT ["/opt/vitrine/bin/vitrine", "serve", "--config", "/etc/vitrine/vitrine.toml"]
