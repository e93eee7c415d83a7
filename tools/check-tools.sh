#!/bin/sh
# Says in one sentence what is missing to build Homeroom, and stops the build. Silent when all is there.
#
#   check-tools.sh build    what `make setup` needs
#   check-tools.sh python   prints the Python to make the environment with
#
# Plain POSIX shell: it has to work exactly where nothing else does.
set -u

# Vite 8 asks for this Node; edition 2024 and the crates we stand on ask for this Rust; PyAV 18 and our typing for this Python.
NODE_MIN="20.19.0"
RUST_MIN="1.88.0"
PYTHON_MIN="3.11"
PYTHON_MAX="3.13"

fail() {
    printf 'homeroom: %s\n' "$1" >&2
    exit 1
}

# at_least HAVE WANT: compares dotted versions
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

find_python() {
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
        [ -n "$candidate" ] || continue
        command -v "$candidate" >/dev/null 2>&1 || continue
        version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        if at_least "$version" "$PYTHON_MIN" && at_least "$PYTHON_MAX" "$version"; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

python=$(find_python) ||
    fail "Python $PYTHON_MIN to $PYTHON_MAX is needed and none was found; install it (Debian: apt-get install python3 python3-venv) or name one with PYTHON=/path/to/python3."
if [ "${1:-build}" = python ]; then
    printf '%s\n' "$python"
    exit 0
fi

"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "$python cannot make virtual environments; install its venv module (Debian: apt-get install python3-venv)."

command -v cargo >/dev/null 2>&1 ||
    fail "Rust (cargo) $RUST_MIN or newer is needed to build the media engine and was not found; install it with rustup."
rust=$(cargo --version | cut -d' ' -f2 | cut -d- -f1)
at_least "$rust" "$RUST_MIN" ||
    fail "Rust $RUST_MIN or newer is needed to build the media engine, this is $rust; run 'rustup update'."

command -v cc >/dev/null 2>&1 ||
    fail "a C compiler is needed to build the crypto library and was not found; install one (Debian: apt-get install gcc libc6-dev)."

command -v node >/dev/null 2>&1 ||
    fail "Node.js $NODE_MIN or newer is needed to build the web client and was not found; install Node 20 or 22."
node=$(node --version | sed 's/^v//')
at_least "$node" "$NODE_MIN" ||
    fail "Node.js $NODE_MIN or newer is needed to build the web client, this is $node; install Node 20 or 22."

command -v npm >/dev/null 2>&1 ||
    fail "npm is needed to build the web client and was not found; install it beside Node.js."
