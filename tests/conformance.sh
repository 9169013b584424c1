#!/usr/bin/env bash
# Runs the tests of the S3 code against garage (which enforces signatures and checksums; `make conformance
# ARGS=--without-garage` leaves it out, since compiling it takes a quarter of an hour once), and then
# the tests that need servers on RabbitMQ 4.x and MySQL (in the place of RabbitMQ 3.10 and MariaDB), out of
# Debian's next release, which is unpacked into a folder of its own. Needs root, because a server sees that release
# laid over /usr, in a mount namespace of its own; nothing outside target/conformance changes.
set -euo pipefail
cd "$(dirname "$0")/.."

garage_version=2.5.0
if [ "${1:-}" = --without-garage ]; then
  shift
else
  garage=target/conformance/garage
  if [ ! -x "$garage/bin/garage" ]; then
    echo "Compiling garage $garage_version into $garage (about 16 minutes on 2 cores, once)"
    env --unset RUSTC_WORKSPACE_WRAPPER cargo install --locked --quiet garage --version "$garage_version" --root "$garage"
  fi
  tests/with-garage.sh "$garage/bin/garage" cargo test --locked --workspace --test independent
fi

release=target/conformance/sid
if [ "$(id -u)" != 0 ]; then
  echo "conformance: run this as root: it lays another release over /usr, for the servers alone" >&2
  exit 1
fi
if ! command -v debootstrap >/dev/null; then
  echo "Installing debootstrap with apt-get"
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends debootstrap >/dev/null
fi
if [ ! -d "$release" ]; then
  echo "Unpacking RabbitMQ and MySQL from Debian's sid into $release (about a minute, 750 MB)"
  rm -rf "$release.new"
  mkdir -p "$(dirname "$release")"
  debootstrap --variant=minbase --include=rabbitmq-server,mysql-server-core sid "$release.new" \
    >target/conformance/debootstrap.log || { tail -5 target/conformance/debootstrap.log >&2; exit 1; }
  mv "$release.new" "$release"
fi
chroot "$release" /usr/sbin/mysqld --version
chroot "$release" dpkg-query --show --showformat 'rabbitmq-server ${Version}\n' rabbitmq-server

export PICUP_TEST_USR="$PWD/$release/usr"
# As a part of the workspace, so that what `make test` has compiled serves here too.
cargo test --locked --workspace --test bus --test all -- "$@"
