# The registry and the checker in one image. Nothing in it needs root or a writable file system.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
COPY tsconfig.json ./
COPY src ./src
RUN node scripts/ready.mjs && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
WORKDIR /pullsim
ENV NODE_ENV=production
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY fixtures/worlds ./fixtures/worlds
COPY fixtures/classroom ./fixtures/classroom
USER node
EXPOSE 5000
# The registry answers GET /v2/ with 200 or with a 401 challenge; anything else, or silence, is unhealthy.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:5000/v2/').then((r) => process.exit(r.status === 200 || r.status === 401 ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["serve", "--config", "classroom", "--host", "0.0.0.0", "--port", "5000"]
