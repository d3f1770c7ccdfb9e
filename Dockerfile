# Builds the release and puts it into a small image. Run the image with a read-only root file system:
# the server writes nothing but its log to stderr. The database is a Postgres server elsewhere
# (DATABASE_URL). See docs/operations/containers.md.

FROM node:22-bookworm-slim AS node

FROM rust:1-bookworm AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /build
COPY . .
RUN make release && mv target/release-bundle/tributary-* /tributary && strip /tributary/tributary

# drills/image.test.mjs builds and runs the stage below without a container daemon.
FROM debian:bookworm-slim
COPY --from=build /tributary /opt/tributary
COPY deploy/healthcheck /usr/local/bin/healthcheck
ENV ADDRESS=0.0.0.0:3000 LOG_FORMAT=json
USER 65532:65532
WORKDIR /opt/tributary
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["healthcheck"]
ENTRYPOINT ["/opt/tributary/tributary"]
