#!/usr/bin/env bash
# Installs what the tests of the web app need, where it is missing: Chromium, a font with Korean letters, without which
# it would show boxes, and ffmpeg, which makes the films that are uploaded.
set -euo pipefail

missing=()
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v ffmpeg >/dev/null || missing+=(ffmpeg)
fonts=(/usr/share/fonts ~/.fonts ~/.local/share/fonts)
[ -n "$(find "${fonts[@]}" -iname '*cjk*' -print -quit 2>/dev/null)" ] || missing+=(fonts-noto-cjk)
[ "${#missing[@]}" -eq 0 ] || exec "$(dirname "$0")/apt-install.sh" "To test the web app" "${missing[@]}"
