# One image per program: docker build --build-arg APP=connector-config .
FROM node:20-slim AS build
ARG APP
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund && npx tsc -b apps/$APP
# Only what this program needs at run time, and nothing of the tests.
RUN --mount=type=cache,target=/root/.npm rm -rf node_modules apps/*/node_modules libs/*/node_modules tools/*/node_modules \
  && npm ci --omit=dev --workspace=apps/$APP --ignore-scripts --no-audit --no-fund \
  && rm -rf tools docs apps/e2e

FROM node:20-slim
ARG APP
# Without a limit, V8 lets garbage lie as long as the machine has memory.
ENV NODE_ENV=production APP=$APP HOST=0.0.0.0 HEAP_MEGABYTES=192
WORKDIR /app
COPY --from=build --chown=node:node /app .
USER node
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=12 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["sh", "-c", "exec node --max-old-space-size=$HEAP_MEGABYTES --max-semi-space-size=16 apps/$APP/dist/main.js"]
