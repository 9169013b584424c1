#!/usr/bin/env bash
# Installs what compiling needs beside Rust, where it is missing: cmake and nasm, with which libjpeg-turbo is
# built. Says so before it does; where it cannot, it tells what to install.
set -euo pipefail

missing=()
for program in cmake nasm; do
  command -v "$program" >/dev/null || missing+=("$program")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

explain() {
  echo "To compile Pic-up, install: ${missing[*]} (the packages have the programs' names)." >&2
  echo "$1" >&2
  exit 1
}
command -v apt-get >/dev/null || explain "There is no apt-get here to do it for you."
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || explain "That needs root, and there is no sudo here."
  as_root=(sudo)
fi

echo "Installing ${missing[*]} with apt-get (about half a minute)" >&2
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -qq "$@" >&2
}
apt update || explain "apt-get could not fetch the lists of packages."
apt install -y --no-install-recommends "${missing[@]}" >/dev/null || explain "apt-get could not install them."
