#!/usr/bin/env bash
# Debian's unmodified corosync-qdevice and corosync-qnetd give their vote through our daemon.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

# ---- beside a daemon: one of two nodes is up, the device decides ----
if [ "${1-}" = --beside ]; then
    algorithm=$2 qnetd=$3
    work=$NODE_DIR/work
    mkdir -p "$work" /run/corosync-qnetd /run/corosync-qdevice

    # waits_for TEXT: until the tool shows a line with the text, at most a minute
    waits_for() {
        for _ in $(seq 600); do
            "$top_builddir/tools/corosync-quorumtool" >"$work/status" 2>&1
            grep -q "$1" "$work/status" && return 0
            sleep 0.1
        done
        return 1
    }
    # tells NAME TEXT: one line of TAP
    tells() {
        if waits_for "$2"; then
            echo "ok - $algorithm: $1"
        else
            echo "not ok - $algorithm: $1"
            sed 's/^/#   /' "$work/status" "$work"/*.log
        fi
    }

    tells "without the device one of two nodes is blocked" 'Activity blocked'
    oracle=$("$here/oracle.sh")
    libraries=$(dirname "$(find -L "$oracle" -name libcpg.so.4 | head -1)")
    LD_LIBRARY_PATH=$libraries "$qnetd" -f -s off -c off >"$work/qnetd.log" 2>&1 &
    qnetd_pid=$!
    "$here/oracle.sh" --run corosync-qdevice -f >"$work/qdevice.log" 2>&1 &
    qdevice_pid=$!
    tells "the device registers and votes" '^ *1 *1 *A,V,NMW node1 (local)$'
    tells "with its vote the node is quorate" '^Flags: *Quorate Qdevice $'
    tells "the device has a line of its own" '^ *0 *1 *Qdevice$'
    kill $qnetd_pid
    tells "without its server the device does not vote" '^ *0 *0 *Qdevice (votes 1)$'
    tells "and the node is blocked" 'Activity blocked'
    kill $qdevice_pid
    tells "the device unregisters" '^ *1 *1 node1 (local)$'
    wait
    exit 0
fi

# ---- the test ----
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
skip() {
    echo "1..0 # SKIP $1"
    exit 0
}
oracle=$("$here/oracle.sh") || skip "no Debian packages here"
qnetd=$oracle/usr/bin/corosync-qnetd
if [ ! -x "$qnetd" ]; then
    (cd "$work" && apt-get -q download corosync-qnetd >/dev/null 2>&1 &&
        dpkg-deb -x corosync-qnetd_*.deb qnetd) ||
        skip "no corosync-qnetd here"
    qnetd=$work/qnetd/usr/bin/corosync-qnetd
fi
for algorithm in ffsplit lms; do
    sed "s/@algorithm@/$algorithm/" "$here/qdevice.conf" >"$work/corosync.conf"
    "$here/corosync_node.sh" ours "$work/corosync.conf" "$0" --beside $algorithm "$qnetd" \
        >>"$work/results" 2>"$work/stderr"
    status=$?
    [ $status = 77 ] && skip "no namespaces here"
    if [ $status != 0 ]; then
        echo "not ok - $algorithm: the commands ran (status $status)"
        sed 's/^/#   /' "$work/stderr"
    fi >>"$work/results"
done
awk '/^(not )?ok - / { n++; sub(/ok - /, "ok " n " - ") } { print } END { print "1.." n }' "$work/results"
