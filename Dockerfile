# Builds the server as plain JavaScript. The image contains only what the server needs to run, and no database: set
# DATABASE_URL and SLUICE_KEYS. NODE_IMAGE names the base image: --build-arg NODE_IMAGE=node:24.21.0-slim@sha256:…
ARG NODE_IMAGE=node:24.21.0-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /sluice
COPY package.json package-lock.json .npmrc ./
COPY scripts/setup.mjs scripts/
RUN npm ci
COPY prisma prisma
COPY scripts/build.mjs scripts/
COPY prisma.config.ts tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM ${NODE_IMAGE} AS packages
WORKDIR /sluice
COPY package.json package-lock.json .npmrc ./
# The optional packages are the binaries of the embedded database, which the image does not use.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title=Sluice org.opencontainers.image.licenses=Apache-2.0
WORKDIR /sluice
ENV NODE_ENV=production HOST=0.0.0.0 PORT=2020
COPY --from=packages /sluice/node_modules node_modules
COPY --from=build /sluice/dist dist
COPY prisma/migrations prisma/migrations
# The server sends these source files to browsers.
COPY src/sdk src/sdk
COPY bin bin
COPY package.json ./
# The base image's unprivileged user. It owns no file in the image, so it cannot change any.
USER node
EXPOSE 2020
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Starts node without npm or a shell, so that signals reach the server and it can finish the calls in flight.
CMD ["node", "--max-semi-space-size=64", "dist/main.js"]
