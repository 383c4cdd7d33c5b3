# syntax=docker/dockerfile:1
# Aroeira in a container: one binary, no root, a root file system that may be read only. `docker build -t aroeira:0.1.0 .`
# No engine was at hand to build it when it was written: it is linted (hadolint, by `cargo xtask fleet dockerfiles`).

FROM rust:1.95-bookworm AS build

# Node builds the pages' scripts and styles; a C compiler is in the image.
COPY --from=node:22-bookworm-slim /usr/local/bin/node /usr/local/bin/node
COPY --from=node:22-bookworm-slim /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm

WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package aroeira \
    && install -D -m 0755 target/release/aroeira /out/usr/local/bin/aroeira \
    && install -d -m 0700 -o 10001 -g 10001 /out/var/lib/aroeira

# Only the C library and certificates beside the binary: no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot

COPY --from=build --chown=0:0 /out/usr /usr
COPY --from=build --chown=10001:10001 /out/var/lib/aroeira /var/lib/aroeira

USER 10001:10001
ENV AROEIRA_SERVER__LISTEN=0.0.0.0:8080 \
    AROEIRA_STORE__DATA=/var/lib/aroeira
VOLUME ["/var/lib/aroeira"]
EXPOSE 8080

# The binary asks itself: there is nothing else here that could.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["aroeira", "doctor", "--server", "http://127.0.0.1:8080"]
ENTRYPOINT ["aroeira"]
CMD ["serve"]
