#!/bin/sh
# Write constraints.txt again: the newest versions that one environment with everything in it settles on.
# Python 3.11 decides, because what still supports it supports 3.12 and 3.13 too. `make test` on each is the check.
# soupsieve 3 wants 3.11.5, and Debian 12 has 3.11.2.
set -eu
python=${PYTHON:-python3.11}
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || {
    echo "constraints.txt is made with Python 3.11: make constraints PYTHON=/path/to/python3.11" >&2
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager '.[test,teach,lab]' 'soupsieve<3'
"$work/venv/bin/python" -m pip uninstall --quiet --yes vidtutor
{
    sed -n '/^#/p' constraints.txt
    "$work/venv/bin/python" -m pip freeze --all | grep -E '^[A-Za-z0-9._-]+==[^ ]+$' | grep -v '^pip==' | sort -f
} > constraints.txt.new
mv constraints.txt.new constraints.txt
