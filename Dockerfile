# The service alone; see docker-compose.yml for Kafka and PostgreSQL around it. It writes no file, so it also runs with a
# read-only file system, as an ordinary user, and without any capability.

FROM node:24.21.0-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src src
COPY web web
RUN npm run build && npm prune --omit=dev

FROM node:24.21.0-slim
WORKDIR /app
# In a container the server must be reachable from outside of it.
# kafkajs schedules a timer in the past with every request, which Node.js 24 warns of. Names are resolved on threads, of
# which those that get no answer occupy some. With more space for what is young, what a delivery needs for a moment is
# collected before it counts as old. glibc gives back what is freed, instead of keeping it in an arena for each thread.
ENV HOST=0.0.0.0 \
    UV_THREADPOOL_SIZE=64 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    NODE_OPTIONS="--disable-warning=TimeoutNegativeWarning --max-semi-space-size=32"
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
USER node
EXPOSE 3000
# Liveness: an orchestrator may restart the container on it, so it does not ask Kafka or PostgreSQL.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Not npm: SIGTERM must reach the service itself, which then drains for up to 20 seconds.
CMD ["node", "dist/main.js"]
