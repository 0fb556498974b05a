# syntax=docker/dockerfile:1.7
# docker build --target api|worker|simulator .

FROM node:24.21.0-bookworm-slim AS base
# The Temporal SDK's native core checks certificates against the system's.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /idem

FROM base AS build
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY workflows workflows
COPY activities activities
COPY simulator simulator
COPY dev dev
RUN npx tsc -p tsconfig.build.json && node dist/src/main/bundle-workflows.js

FROM base AS dependencies
COPY package.json package-lock.json ./
# The Temporal SDK's native core comes for every platform, at 30 MB each.
RUN npm ci --omit=dev --no-audit --no-fund \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM base AS program
ENV NODE_ENV=production HOST=0.0.0.0 IDEM_HOME=/var/lib/idem
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/idem
COPY package.json LICENSE ./
COPY docs docs
COPY src/console/assets src/console/assets
USER node

# The simulated providers are for development, and so are the libraries that only they need.
FROM program AS simulator
COPY --from=build /idem/node_modules node_modules
COPY --from=build /idem/dist dist
EXPOSE 3900 3925
CMD ["node", "dist/dev/run-simulator.js"]

FROM program AS service
COPY --from=dependencies /idem/node_modules node_modules
COPY --from=build /idem/dist/workflow-bundle.js dist/
COPY --from=build /idem/dist/workflows dist/workflows
COPY --from=build /idem/dist/activities dist/activities
COPY --from=build /idem/dist/src dist/src

FROM service AS worker
ENV METRICS_PORT=9464
EXPOSE 9464
CMD ["node", "dist/src/main/worker.js"]

FROM service AS api
ENV METRICS_PORT=9464
EXPOSE 3000 9464
CMD ["node", "dist/src/main/api.js"]
