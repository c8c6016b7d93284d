#!/bin/sh
# Make the virtual environment $1, unless a working one is there. A `python3.12` on the path may be a shim that
# fails when it is run, so every candidate is run. PYTHON=… overrides the search.
set -eu
venv=$1
fits='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

if "$venv/bin/python" -c "$fits" 2>/dev/null && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi
for python in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
    if "$python" -c "$fits" 2>/dev/null; then
        echo "Making $venv with $("$python" --version)."
        "$python" -m venv --clear "$venv"
        exit 0
    fi
done
echo "No usable Python 3.11, 3.12 or 3.13 found (tried: ${PYTHON:-python3.13 python3.12 python3.11 python3 python})." >&2
echo "Install one with its venv module (Debian: apt install python3-venv), or name it: make PYTHON=/path/to/python3.12 …" >&2
exit 1
