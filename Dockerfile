FROM rust:1.92.0-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /ledgertap
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-20250520-slim
# The certificates by which the ERP is known.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
RUN useradd --system --home-dir /var/lib/ledgertap --create-home ledgertap
COPY --from=build /ledgertap/target/release/ledgertap /usr/local/bin/ledgertap
USER ledgertap
WORKDIR /var/lib/ledgertap
ENTRYPOINT ["ledgertap"]
