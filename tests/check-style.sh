#!/usr/bin/env bash
# Fails when a line of the sources in C, Python or shell is longer than 110 characters.
set -u
cd "${top_srcdir:?}" || exit 99
if ! files=$(git ls-files -- ':!tests/fuzz/corpus' 2>/dev/null); then
    echo "1..0 # SKIP not a git checkout"
    exit 0
fi

# scripts FILE...: those that begin like a script
scripts() {
    awk 'FNR == 1 { if (/^#!/) print FILENAME; nextfile }' "$@" 2>/dev/null
}

sources=$(grep -E '\.(c|h|py|sh|sample)$' <<<"$files")
scripts=$(scripts $(grep -vE '\.[a-z]+$' <<<"$files"))
echo "1..1"
if long=$(LC_ALL=C.UTF-8 grep -nE '^.{111,}' $sources $scripts); then
    echo "not ok 1 - no line is longer than 110 characters"
    sed 's/^/# /' <<<"$long" | cut -c1-150
    exit 1
fi
echo "ok 1 - no line is longer than 110 characters"
