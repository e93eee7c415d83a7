#!/bin/sh
# Runs every fuzz target for a fixed time: media/fuzz/run.sh SECONDS_PER_TARGET [TARGET...]
#
# Works with the stable toolchain: coverage comes from a compiler pass, RUSTC_BOOTSTRAP admits the few unstable flags that
# cargo-fuzz sets, and no sanitizer is linked (`-s none`), since `wire` and `engine` hold no unsafe code. Findings are left
# in media/fuzz/artifacts and end the run with an error; a minimised one belongs into media/fuzz/seeds/TARGET, where
# `cargo test` replays it.
# FUZZ_SEED (1 unless given) picks another walk, for long runs by hand.
set -eu

seconds=${1:?usage: run.sh SECONDS_PER_TARGET [TARGET...]}
shift
cd "$(dirname "$0")"

if ! cargo fuzz --version >/dev/null 2>&1; then
    PATH="$PWD/target/tools/bin:$PATH"
    export PATH
    if ! cargo fuzz --version >/dev/null 2>&1; then
        cargo install --quiet --locked --root target/tools cargo-fuzz
    fi
fi

[ $# -gt 0 ] || set -- $(sed -n 's/^name = "\([a-z0-9_]*\)"$/\1/p' Cargo.toml)

export RUSTC_BOOTSTRAP=1
for target in "$@"; do
    mkdir -p "corpus/$target"
    log="target/$target.log"
    # The log holds a report and the input itself when something is found; otherwise two lines of it are enough.
    if cargo fuzz run --fuzz-dir . -s none "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -seed="${FUZZ_SEED:-1}" -max_len=4096 -timeout=5 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 \
        >"$log" 2>&1
    then
        runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
        echo "fuzz $target: $runs inputs in $seconds s, nothing found"
    else
        tail -n 60 "$log" >&2
        echo "fuzz $target: see media/fuzz/artifacts/$target" >&2
        exit 1
    fi
done
