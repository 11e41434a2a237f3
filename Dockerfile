# The local server as an image with nothing else in it: one static file of a few megabytes, no shell, no root.
#
#   docker build -t gatelet .
#   docker run -p 8080:8080 -e OPENAI_API_KEY -v "$PWD/gatelet.toml:/gatelet.toml:ro" gatelet
#
# Inside a container the server must listen beyond loopback, and then it serves nobody it does not know: the
# configuration needs client keys (`[keys.*]`, made by `gatelet key new NAME`), or `open = true` where the network in
# front of it is trusted. Without either it says so and ends. A small configuration also fits into the environment:
#
#   docker run -p 127.0.0.1:8080:8080 -e GATELET_CONFIG='{"open":true,"providers":{"mock":{}}}' gatelet

FROM rust:1.95-alpine AS build
# The C compiler is for ring's assembly and for the allocator; alpine's own target is the static one.
RUN apk add --no-cache gcc musl-dev
WORKDIR /gatelet
COPY . .
RUN cargo build --locked --release --package gatelet-local \
 && install -D target/release/gatelet /out/gatelet

FROM scratch
COPY --from=build /out/gatelet /gatelet
# `nobody`: by number, since there is no file of users to look a name up in.
USER 65534:65534
WORKDIR /
EXPOSE 8080
# The server takes SIGTERM, `docker stop`'s own signal, and lets the open streams end.
ENTRYPOINT ["/gatelet"]
CMD ["serve", "--listen", "0.0.0.0:8080"]
