# syntax=docker/dockerfile:1

# ---- build: compiles TypeScript with the development dependencies
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY scripts/build-client.js ./scripts/
COPY src ./src
RUN npm run build

# ---- dependencies: what runs in production, without the Node binaries that the lock file brings for bare machines
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && rm -rf node_modules/node-linux-* node_modules/.bin/node

# ---- the image: Node and the built files; no npm, no compiler, no development dependency
FROM node:24-bookworm-slim
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
    /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn* \
 && install -d -o node -g node -m 0700 /data \
 && printf '#!/bin/sh\nexec node /app/dist/cli/main.js "$@"\n' > /usr/local/bin/gatehouse \
 && chmod 0755 /usr/local/bin/gatehouse
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./

ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
# Nothing is written outside DATA_DIR, so the root file system may be read-only.
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=4s --start-period=10s CMD ["node", "/app/dist/cli/main.js", "health"]
STOPSIGNAL SIGTERM
CMD ["node", "dist/main.js"]
