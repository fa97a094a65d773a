# One image per program: docker build --build-arg APP=connector-config .
# The base is pinned by its full version. Where images are built, pin its digest too: --build-arg NODE=24.9.0-slim@sha256:...
ARG NODE=24.9.0-slim

FROM node:${NODE} AS build
ARG APP
WORKDIR /build
COPY . .
RUN npm ci --ignore-scripts --no-audit --no-fund
RUN node node_modules/typescript/bin/tsc -b apps/$APP/tsconfig.app.json
RUN node docker/ship.mjs $APP /ship

FROM node:${NODE}
ARG APP
# Without a limit, V8 lets garbage lie as long as the machine has memory.
ENV NODE_ENV=production APP=$APP HOST=0.0.0.0 HEAP_MEGABYTES=192
WORKDIR /app
# Everything is root's: the program can read it and change nothing.
COPY --from=build --chown=root:root --chmod=u=rwX,go=rX /ship .
USER node
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=12 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.OPERATIONS_PORT || process.env.PORT}/health/ready`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["sh", "-c", "exec node --disable-sigusr1 --max-old-space-size=$HEAP_MEGABYTES --max-semi-space-size=16 apps/$APP/dist/main.js"]
