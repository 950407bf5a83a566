# Builds the server as plain JavaScript, and ships it with nothing but what it needs to run. The database is outside: set DATABASE_URL and SLUICE_KEYS.
FROM node:24-slim AS build
WORKDIR /sluice
COPY package.json package-lock.json .npmrc ./
COPY scripts/setup.mjs scripts/
RUN npm ci
COPY prisma prisma
COPY prisma.config.ts tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM node:24-slim AS packages
WORKDIR /sluice
COPY package.json package-lock.json .npmrc ./
# Optional packages are the programs of the embedded database, which has no place here.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM node:24-slim
WORKDIR /sluice
ENV NODE_ENV=production HOST=0.0.0.0 PORT=2020
COPY --from=packages /sluice/node_modules node_modules
COPY --from=build /sluice/dist dist
COPY prisma/migrations prisma/migrations
# Served to browsers as it is written.
COPY src/sdk src/sdk
COPY bin bin
COPY package.json ./
# The user that the base image has for this; nothing in the image belongs to it, so nothing can be changed by it.
USER node
EXPOSE 2020
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# No npm and no shell between: signals reach the server, which finishes what is in flight.
CMD ["node", "--max-semi-space-size=64", "dist/main.js"]
