#!/usr/bin/env bash
# Puts uv into .tools/ with nothing but Python. Debian splits venv off into its own package; then pip is tried, then apt.
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"
version="${UV_VERSION:?}"

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Python 3.11 or newer is needed, and '$python' is not one. Name yours: make PYTHON=/path/to/python3.11" >&2
  exit 1
fi

export PIP_DISABLE_PIP_VERSION_CHECK=1
make_venv() { rm -rf .tools && "$python" -m venv .tools >/dev/null 2>&1; }

if ! make_venv; then
  rm -rf .tools
  if [ "$(id -u)" = 0 ]; then as_root=(); else as_root=(sudo -n); fi
  if command -v apt-get >/dev/null; then
    echo "Installing python3-venv (Debian keeps it apart from python3) ..." >&2
    { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq python3-venv; } >/dev/null 2>&1 || true
  fi
  make_venv || {
    echo "This Python cannot make a virtual environment. On Debian: sudo apt-get install python3-venv, then again." >&2
    exit 1
  }
fi
.tools/bin/python -m pip install --quiet "uv==$version"
touch .tools/bin/uv
