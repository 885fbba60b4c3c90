#!/usr/bin/env bash
# Builds and runs the fuzz targets of this folder with clang's libFuzzer and the sanitizers.
#
#   tests/fuzz/run.sh [--seconds N] [TARGET...]       default: every fuzz_*.c, 5 seconds each
#
# A target names its sources in a comment line "fuzz-sources: ...", further compiler flags in "fuzz-flags:
# ...". Inputs worth keeping are in corpus/TARGET; new ones go to a temporary folder, a crashing input to the
# current one. Speaks TAP. Without clang every target is skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
seconds=${FUZZ_SECONDS:-5}
targets=()
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2; shift 2 ;;
    -*) echo "usage: $0 [--seconds N] [TARGET...]" >&2; exit 2 ;;
    *) targets+=("$1"); shift ;;
    esac
done
if [ ${#targets[@]} -eq 0 ]; then
    for f in "$here"/fuzz_*.c; do
        targets+=("$(basename "$f" .c)")
    done
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# without config.h the sources have no feature macros of their own
printf '#define _GNU_SOURCE 1\n' > "$work/config.h"
build=${top_builddir:-}
[ -n "$build" ] && [ -f "$build/config.h" ] && cp "$build/config.h" "$work/config.h"

directive() { # file word: what follows the word in the file's first comment
    sed -n "s/^ \* $2: //p" "$1" | tr '\n' ' '
}

echo "1..${#targets[@]}"
n=0
status=0
for target in "${targets[@]}"; do
    n=$((n + 1))
    source=$here/$target.c
    if ! command -v clang > /dev/null; then
        echo "ok $n - $target # SKIP no clang"
        continue
    fi
    mkdir -p "$work/$target"
    read -ra flags <<< "$(directive "$source" fuzz-flags)"
    sources=()
    for pattern in $(directive "$source" fuzz-sources); do
        for f in "$top"/$pattern; do
            sources+=("$f")
        done
    done
    if ! clang -g -O1 -std=gnu11 -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined \
            -fno-sanitize-recover=undefined -I"$work" -I"$top" -I"$top/include" \
            "${flags[@]}" "$source" "${sources[@]}" -o "$work/$target.bin" \
            > "$work/log" 2>&1; then
        sed 's/^/# /' "$work/log"
        echo "not ok $n - $target builds"
        status=1
        continue
    fi
    corpus=()
    [ -d "$here/corpus/$target" ] && corpus+=("$here/corpus/$target")
    if "$work/$target.bin" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
            "$work/$target" "${corpus[@]}" > "$work/log" 2>&1; then
        inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
        echo "ok $n - $target, $inputs inputs in $seconds s"
    else
        tail -40 "$work/log" | sed 's/^/# /'
        echo "not ok $n - $target"
        status=1
    fi
    if [ -n "${FUZZ_KEEP:-}" ]; then # merge what was found into the kept corpus
        mkdir -p "$here/corpus/$target"
        "$work/$target.bin" -merge=1 "$here/corpus/$target" "$work/$target" > /dev/null 2>&1
    fi
done
exit $status
