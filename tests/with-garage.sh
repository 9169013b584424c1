#!/usr/bin/env bash
# Starts a garage of one node with a bucket and a key, runs a command with PICUP_TEST_S3_… set for it, and ends it:
#   tests/with-garage.sh PATH-OF-GARAGE COMMAND …
set -euo pipefail
program=$1
shift

folder=$(mktemp -d)
node=
finish() {
  if [ -n "$node" ]; then
    kill "$node" 2>/dev/null || true
    wait "$node" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap finish EXIT

# Three ports that are free now.
read -r rpc s3 admin < <(python3 -c '
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))')
cat >"$folder/garage.toml" <<TOML
metadata_dir = "$folder/meta"
data_dir = "$folder/data"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:$rpc"
rpc_public_addr = "127.0.0.1:$rpc"
rpc_secret = "$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')"

[s3_api]
s3_region = "garage"
api_bind_addr = "127.0.0.1:$s3"

[admin]
api_bind_addr = "127.0.0.1:$admin"
TOML
garage() { "$program" --config "$folder/garage.toml" "$@"; }
RUST_LOG=garage=warn garage server >"$folder/log" 2>&1 &
node=$!
for _ in $(seq 100); do
  if garage status >/dev/null 2>&1; then break; fi
  sleep 0.1
done
id=$(garage node id --quiet | cut -d@ -f1)
garage layout assign --zone here --capacity 10G "$id" >/dev/null
garage layout apply --version 1 >/dev/null
garage bucket create pictures >/dev/null
key=$(garage key create tests)
access=$(sed -n 's/^Key ID: *//p' <<<"$key")
secret=$(sed -n 's/^Secret key: *//p' <<<"$key")
garage bucket allow --read --write --owner pictures --key "$access" >/dev/null

export PICUP_TEST_S3_ENDPOINT="http://127.0.0.1:$s3" PICUP_TEST_S3_REGION=garage
export PICUP_TEST_S3_BUCKET=pictures PICUP_TEST_S3_ACCESS_KEY="$access" PICUP_TEST_S3_SECRET_KEY="$secret"
if ! "$@"; then
  tail -20 "$folder/log" >&2
  exit 1
fi
