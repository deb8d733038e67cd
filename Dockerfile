# docker build -t batchslo_exporter .
# docker run --read-only -p 127.0.0.1:10510:10510 -v batchslo:/var/lib/batchslo -v ./my.yml:/etc/batchslo.yml:ro batchslo_exporter \
#   --web.listen-address=:10510 --config.file=/etc/batchslo.yml
FROM debian:13-slim AS build
WORKDIR /src
COPY scripts/install scripts/
RUN scripts/install
COPY . .
RUN cmake --preset release -DBUILD_TESTING=OFF \
    && cmake --build --preset release --target batchslo_exporter batchslo-run \
    && DESTDIR=/out cmake --install build/release --prefix /usr --strip

FROM debian:13-slim
LABEL org.opencontainers.image.title="batchslo_exporter" \
      org.opencontainers.image.description="Judges batch jobs by their SLOs and tells Prometheus" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/debian:13-slim"
# Pinned versions of a stable Debian vanish with each fix. `--version` at the end fails where a library is missing.
# Zones like US/Pacific, which CronJobs may name, are in tzdata-legacy.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates tzdata tzdata-legacy libcpp-httplib0.18 libprometheus-cpp-core1.0 libcurl4t64 \
       libsoci-sqlite3-4.0 libpq5 libmariadb3 libyaml-cpp0.8 libspdlog1.15 libsimdjson25 libre2-11 libdate-tz3 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65532 -g 65532 /var/lib/batchslo
COPY --from=build /out/usr /usr
RUN batchslo_exporter --version
USER 65532:65532
VOLUME /var/lib/batchslo
EXPOSE 10510
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["batchslo_exporter", "healthcheck"]
ENTRYPOINT ["batchslo_exporter"]
CMD ["--web.listen-address=:10510"]
