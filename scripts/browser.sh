#!/usr/bin/env bash
# The browser tests drive the system's Chromium: install it where it is missing, or say how.
set -euo pipefail
[ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] && exit 0
for path in /usr/bin/chromium "/Applications/Chromium.app/Contents/MacOS/Chromium" \
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
  [ -x "$path" ] && exit 0
done
if command -v apt-get >/dev/null; then
  if [ "$(id -u)" = 0 ]; then as_root=(); else as_root=(sudo -n); fi
  echo "Installing Chromium for the browser tests ..." >&2
  log="$(mktemp)"
  if "${as_root[@]}" apt-get update -qq >"$log" 2>&1 && "${as_root[@]}" apt-get install -y -qq chromium >>"$log" 2>&1; then
    rm -f "$log"; exit 0
  fi
  tail -n 20 "$log" >&2
fi
echo "The browser tests need Chromium. Install it (Debian: sudo apt-get install chromium), or name one: CHROMIUM=/path make test" >&2
exit 1
