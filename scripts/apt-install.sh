#!/usr/bin/env bash
# Installs Debian packages: scripts/apt-install.sh WHAT-FOR PACKAGE …
# Says so before it does; where it cannot, it tells what to install.
set -euo pipefail
what_for=$1
shift

explain() {
  echo "$what_for, install: $*" >&2
  echo "$reason" >&2
  exit 1
}
reason="There is no apt-get here to do it for you."
command -v apt-get >/dev/null || explain "$@"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  reason="That needs root, and there is no sudo here."
  command -v sudo >/dev/null || explain "$@"
  as_root=(sudo)
fi

echo "Installing $* with apt-get (up to a minute)" >&2
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -qq "$@" >&2
}
reason="apt-get could not fetch the lists of packages."
apt update || explain "$@"
reason="apt-get could not install them."
apt install -y --no-install-recommends "$@" >/dev/null || explain "$@"
