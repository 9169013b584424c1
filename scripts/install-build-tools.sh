#!/usr/bin/env bash
# Installs what compiling needs beside Rust, where it is missing: cmake and nasm, with which libjpeg-turbo is built.
set -euo pipefail

missing=()
for program in cmake nasm; do
  command -v "$program" >/dev/null || missing+=("$program")
done
[ "${#missing[@]}" -eq 0 ] || exec "$(dirname "$0")/apt-install.sh" "To compile Pic-up" "${missing[@]}"
