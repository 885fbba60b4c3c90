#!/usr/bin/env bash
# Every call of the client libraries gives the same with our libraries and Debian's,
# on our daemon and on Debian's.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

# ---- beside a daemon ----
if [ "${1-}" = --beside ]; then
    work=$2 kind=$3
    theirs=$(dirname "$(find -L "$("$here/oracle.sh")" -name libcpg.so.4 | head -1)")
    for libraries in ours debian; do
        path=$theirs
        [ $libraries = ours ] && path=$top_builddir/corosync/client/.libs
        LD_LIBRARY_PATH=$path timeout 240 \
            "$top_builddir/tests/interop/.libs/api_calls" >"$work/$libraries-$kind" 2>&1
        echo "status $?" >>"$work/$libraries-$kind"
    done
    exit 0
fi

# ---- the test ----
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for kind in ours debian; do
    "$here/corosync_node.sh" $kind "$here/one_node.conf" "$0" --beside "$work" $kind >"$work/output" 2>&1
    status=$?
    if [ $status = 77 ]; then
        echo "1..0 # SKIP no namespaces or no Debian packages here"
        exit 0
    fi
    sed 's/^/# /' "$work/output"
done
echo "1..4"
grep -q '^status 0' "$work/debian-debian" &&
    echo "ok 1 - Debian's libraries, Debian's daemon: all calls return" ||
    {
        echo "not ok 1 - Debian's libraries, Debian's daemon: all calls return"
        tail -n 3 "$work/debian-debian" | sed 's/^/#   /'
    }
n=1
for pair in ours-debian debian-ours ours-ours; do
    n=$((n + 1))
    what="${pair%-*} libraries, ${pair#*-} daemon: the same results"
    if diff "$work/debian-debian" "$work/$pair" >"$work/differences"; then
        echo "ok $n - $what"
    else
        echo "not ok $n - $what"
        sed 's/^/#   /' "$work/differences"
    fi
done
