# Madang in a container: `docker build -t madang .`, then
#
#   docker run -p 3000:3000 -v madang:/data madang
#
# Flags come behind the name, variables by -e; the README lists them. deploy/compose.yaml has Caddy in front.

FROM node:20-bookworm-slim AS build
WORKDIR /madang
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node build.mjs
RUN npm prune --omit=dev --no-audit --no-fund
# The transport ships its binary for every system and every Node; a container has one of each.
RUN find node_modules/uWebSockets.js -name 'uws_*.node' ! -name "uws_linux_$(node -p 'process.arch')_$(node -p 'process.versions.modules').node" -delete
RUN find node_modules/classic-level/prebuilds -mindepth 1 -maxdepth 1 ! -name "linux-$(node -p 'process.arch')" -exec rm -r {} +
RUN rm -r node_modules/classic-level/deps

FROM node:20-bookworm-slim
ENV NODE_ENV=production
ENV MADANG_DATA=/data
COPY --from=build /madang/package.json /madang/package.json
COPY --from=build /madang/node_modules /madang/node_modules
COPY --from=build /madang/dist /madang/dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch('http://127.0.0.1:3000/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/madang/dist/main.js"]
