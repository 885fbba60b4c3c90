#!/usr/bin/env bash
# Our corosync tools print what Debian's print, on our daemon and on Debian's; and our libraries
# work for programs with either daemon.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

# ---- beside a daemon ----
if [ "${1-}" = --beside ]; then
    kind=$2
    work=$NODE_DIR/work
    mkdir -p "$work"

    # result NAME: one line of TAP without number from the last status
    result() {
        local status=$?
        [ $status = 0 ] && echo "ok - $kind daemon: $1" || echo "not ok - $kind daemon: $1"
        return $status
    }

    # what differs from run to run
    normalize() {
        sed -i -E 's/^(Date: ).*/\1/
            s#\S*/(lt-)?(corosync-[a-z]+)#\2#g
            s/service([0-9])\.[0-9]+\.0x[0-9a-f]+/service\1.PID.PTR/
            s/(\.(closed|requests|responses|sent|dispatched|procname) .*) = .*/\1/
            /stats\.(srp|knet)|runtime\.services\.|runtime\.blackbox\./d' "$@"
    }

    # same TOOL ARGUMENT...: both tools give the same output, errors and status
    same() {
        "$here/oracle.sh" --run "corosync-$1" "${@:2}" >"$work/theirs" 2>"$work/theirs.err" </dev/null
        echo "status $?" >>"$work/theirs"
        "$top_builddir/tools/corosync-$1" "${@:2}" >"$work/ours" 2>"$work/ours.err" </dev/null
        echo "status $?" >>"$work/ours"
        normalize "$work/theirs" "$work/theirs.err" "$work/ours" "$work/ours.err"
        diff "$work/theirs" "$work/ours" >"$work/differences" &&
            diff "$work/theirs.err" "$work/ours.err" >>"$work/differences"
        result "corosync-$*" || sed 's/^/#   /' "$work/differences"
    }

    for arguments in "" -s -l -i -a -p "-p -l" -H "-o i" "-o n" "-o x" "-e 0" "-e x" "-e 5" "-e 1" \
        "-v 3" "-v x" \
                     "-v 1 -n 3" "-v 1 -n x" "-v 1" -f -V; do
        same quorumtool $arguments
    done
    for arguments in -s -n "-s -b" "-k x" "-k 99" "-a 1" "-a 9" "-a 0" -R -L "-i 127.0.0.1 -s"; do
        same cfgtool $arguments
    done
    for arguments in "" -n "-d :" "-n -d :"; do
        same cpgtool $arguments
    done
    printf 'a\\b\001z' >"$work/binary"
    printf '# comment\ntest.q u8 3\n  test.w str a b c\n^^test.b\nbad\n' >"$work/changes"
    same cmapctl
    same cmapctl nodelist
    same cmapctl nope
    same cmapctl nodelist nope
    same cmapctl -g nodelist.node.0.name
    same cmapctl -g nope nodelist.node.0.name
    same cmapctl -q nodelist.node.0.name
    same cmapctl -q -g nodelist.node.0.name
    same cmapctl -s test.a i8 5
    same cmapctl -s test.a i8 500
    same cmapctl -s test.a i8 abc
    same cmapctl -s test.a i8 -128
    same cmapctl -s test.a i8 -129
    same cmapctl -s test.a u8 255
    same cmapctl -s test.a u8 256
    same cmapctl -s test.a u8 -1
    same cmapctl -s test.a u16 65536
    same cmapctl -s test.a i64 -9223372036854775808
    same cmapctl -s test.b u64 18446744073709551615
    same cmapctl -s test.b u32 0x10
    same cmapctl -s test.b u32 ""
    same cmapctl -s test.b u32 " 7"
    same cmapctl -s test.f flt 1.25
    same cmapctl -s test.f flt abc
    same cmapctl -s test.d dbl 1.25
    same cmapctl -s test.s str "hello world"
    same cmapctl -s test.e str ""
    same cmapctl -s test.x foo 1
    same cmapctl -s test.x u8
    same cmapctl -s test.x
    same cmapctl -s test.bin bin "$work/binary"
    same cmapctl -s test.bin bin /nonexistent
    same cmapctl test
    same cmapctl -b test.bin
    same cmapctl -s ab u8 1
    same cmapctl -s 'a b' u8 1
    same cmapctl -s test/a:b-c_d u8 1
    same cmapctl -s "$(printf 'x%.0s' $(seq 255))" u8 1
    same cmapctl -s "$(printf 'x%.0s' $(seq 256))" u8 1
    same cmapctl -s totem.version u32 3
    same cmapctl -d nodelist.node.0.name
    same cmapctl -D nodelist.
    same cmapctl -d test.nope
    same cmapctl -m stats stats.ipcs.global
    same cmapctl -m stats stats.pg
    same cmapctl -m stats
    same cmapctl -m foo
    same cmapctl -C foo
    same cmapctl -C all
    for option in -C -g -d -D -t -T; do
        same cmapctl $option
    done
    same cmapctl -p /nonexistent
    same cmapctl -m stats -s stats.foo u8 1
    same cmapctl -m stats -d stats.pg.msg_reserved
    same cmapctl -m stats -g stats.nope
    same cmapctl -p "$work/changes"
    same cmapctl test.

    # ---- watching ----
    for tool in "$here/oracle.sh --run corosync-cmapctl" "$top_builddir/tools/corosync-cmapctl"; do
        {
            for _ in $(seq 600); do grep -q finish "$work/watched" 2>/dev/null && break; sleep 0.1; done
            for change in "-s watch.a u8 1" "-s watch.a u8 2" "-s watch.a str x" "-d watch.a"; do
                "$top_builddir/tools/corosync-cmapctl" $change
            done
            for _ in $(seq 600); do grep -q delete "$work/watched" && break; sleep 0.1; done
            echo q
        } | stdbuf -oL $tool -T watch. >"$work/watched" 2>&1
        diff - "$work/watched" <<'END' | sed 's/^/#   /'
Type "q" to finish
create> watch.a (u8) = 1
modify> watch.a (u8) = 2
modify> watch.a (str) = x
delete> watch.a (str) = x
END
        [ "${PIPESTATUS[0]}" = 0 ]
        result "${tool##*/} watches keys"
        rm -f "$work/watched"
    done

    # ---- process groups: three processes of our library and one of Debian's ----
    traffic=$top_builddir/tests/interop/.libs/cpg_traffic
    libraries=$top_builddir/corosync/client/.libs
    theirs=$(dirname "$(find -L "$("$here/oracle.sh")" -name libcpg.so.4 | head -1)")
    pids=
    for i in 1 2 3; do
        LD_LIBRARY_PATH=$libraries timeout 240 "$traffic" group 4 100 0 400000 >"$work/order.$i" 2>&1 &
        pids="$pids $!"
    done
    LD_LIBRARY_PATH=$theirs timeout 240 "$traffic" group 4 100 0 400000 >"$work/order.4" 2>&1 &
    wait $pids $!
    grep -q '^order' "$work/order.1" && [ "$(sort -u "$work"/order.?)" = "$(cat "$work/order.1")" ]
    result "messages of all sizes arrive whole and in the same order" || sed 's/^/#   /' "$work"/order.?
    LD_LIBRARY_PATH=$libraries timeout 240 "$traffic" large 1 5 1500000 4000000 >"$work/large" 2>&1
    result "messages larger than one piece arrive whole" || sed 's/^/#   /' "$work/large"
    exit 0
fi

# ---- the test ----
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for kind in ours debian; do
    "$here/corosync_node.sh" $kind "$here/one_node.conf" "$0" --beside $kind \
        >>"$work/results" 2>"$work/stderr"
    status=$?
    if [ $status = 77 ]; then
        echo "1..0 # SKIP no namespaces or no Debian packages here"
        exit 0
    elif [ $status != 0 ]; then
        echo "not ok - $kind daemon: the commands ran (status $status)"
        sed 's/^/#   /' "$work/stderr"
    fi >>"$work/results"
done
awk '/^(not )?ok - / { n++; sub(/ok - /, "ok " n " - ") } { print } END { print "1.." n }' "$work/results"
