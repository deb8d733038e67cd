# docker build -t batchslo_exporter .
# docker run -p 127.0.0.1:10510:10510 -v batchslo:/var/lib/batchslo -v ./my.yml:/etc/batchslo.yml:ro batchslo_exporter \
#   --web.listen-address=:10510 --config.file=/etc/batchslo.yml
FROM debian:12 AS build
WORKDIR /src
COPY scripts/install scripts/
RUN scripts/install
COPY . .
RUN cmake --preset release -DBUILD_TESTING=OFF \
    && cmake --build --preset release --target batchslo_exporter batchslo-run \
    && DESTDIR=/out cmake --install build/release --prefix /usr

FROM debian:12-slim
# Pinned versions of a stable Debian vanish with each fix. `--version` at the end fails where a library is missing.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates tzdata libcpp-httplib0.11 libprometheus-cpp-core1.0 libcurl4 \
       libsoci-sqlite3-4.0 libpq5 libmariadb3 libyaml-cpp0.7 libspdlog1.10 libsimdjson14 libre2-9 libdate-tz3 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65532 -g 65532 /var/lib/batchslo
COPY --from=build /out/usr /usr
RUN batchslo_exporter --version
USER 65532:65532
VOLUME /var/lib/batchslo
EXPOSE 10510
ENTRYPOINT ["batchslo_exporter"]
CMD ["--web.listen-address=:10510"]
