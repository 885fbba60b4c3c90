#!/usr/bin/env bash
# Fails when an object of a pure core references the outside world (tests/check-pure.forbidden).
# PURE_LIBS names the cores' libtool libraries, relative to the build's top.
set -u
cd "${top_builddir:?}" || exit 99
rules=$(grep -v '^#' "${top_srcdir:?}/tests/check-pure.forbidden" | grep . | paste -sd'|')
set -- ${PURE_LIBS:-}
echo "1..$#"
n=0
for lib in "$@"; do
    n=$((n + 1))
    archive=$(dirname "$lib")/.libs/$(basename "$lib" .la).a
    if [ ! -f "$archive" ]; then
        echo "not ok $n - $lib is pure # no archive $archive: build it first"
        continue
    fi
    # the sanitizers' own symbols are the compiler's, not ours
    bad=$(nm -u "$archive" 2>/dev/null |
        awk '/\.o:$/ { o = $1 } $1 == "U" { sub(/@.*/, "", $2); print o " " $2 }' |
          awk -v re="^($rules)\$" '$2 ~ re { print "#   " $1 " references " $2 }')
    if [ -n "$bad" ]; then
        echo "not ok $n - $lib is pure"
        echo "$bad"
    else
        echo "ok $n - $lib is pure"
    fi
done
