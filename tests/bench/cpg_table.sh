#!/usr/bin/env bash
# Process group messages per second of our daemon and Debian's: three nodes in network namespaces on this machine,
# aes256/sha256, one link; node 1 sends as fast as it can, all receive.
#
#   tests/bench/cpg_table.sh [--seconds N] [SIZE...]     default: 3 seconds for each of 64 ... 1000000 bytes
#
# Prints a table: bytes, messages per second of ours and of Debian's, their ratio. Needs root and a build
# (top_builddir, default: build).
set -u
here=$(cd "$(dirname "$0")" && pwd)
top_builddir=${top_builddir:-$here/../../build}
seconds=3
[ "${1-}" = --seconds ] && { seconds=$2; shift 2; }
sizes=("$@")
[ ${#sizes[@]} = 0 ] && sizes=(64 320 1600 8000 40000 200000 1000000)
oracle=$("$here/../interop/oracle.sh") || { echo "no Debian packages" >&2; exit 77; }
name=qb$$
work=$(mktemp -d)
programs=$top_builddir/tests/bench/.libs
libraries=$top_builddir/corosync/client/.libs

cleanup() {
    for n in 1 2 3; do
        [ -f "$work/holder$n" ] && kill -9 "$(cat "$work/holder$n")" 2>/dev/null
        ip netns del "$name$n" 2>/dev/null
    done
    ip netns del "${name}h" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT

on() {
    local n=$1
    shift
    nsenter -t "$(cat "$work/holder$n")" -m -u -n -p "$@"
}

ip netns add "${name}h" || exit 77
ip -n "${name}h" link add br0 type bridge
ip -n "${name}h" link set br0 up
head -c 256 /dev/urandom >"$work/key"
{
    printf 'totem {\n version: 2\n cluster_name: bench\n transport: knet\n crypto_cipher: aes256\n crypto_hash: sha256\n'
    printf ' keyfile: %s/key\n}\nquorum {\n provider: corosync_votequorum\n}\nlogging {\n to_syslog: no\n}\nnodelist {\n' "$work"
    for n in 1 2 3; do
        printf ' node {\n  nodeid: %d\n  name: node%d\n  ring0_addr: 10.97.0.%d\n }\n' $n $n $n
    done
    printf '}\n'
} >"$work/conf"

# nodes_start ours|debian
nodes_start() {
    for n in 1 2 3; do
        ip netns add "$name$n"
        ip -n "$name$n" link set lo up
        ip link add v0 netns "$name$n" type veth peer name leg$n netns "${name}h"
        ip -n "${name}h" link set leg$n master br0 up
        ip -n "$name$n" addr add 10.97.0.$n/24 dev v0
        ip -n "$name$n" link set v0 up
        ip netns exec "$name$n" unshare -m -u -p -f --propagation private --mount-proc bash -c "
            hostname node$n
            for dir in /dev/shm /run /var/lib; do mount -t tmpfs tmpfs \$dir; done
            mkdir -p /var/lib/corosync
            echo ready >$work/ready$n
            exec sleep infinity" </dev/null >/dev/null 2>&1 &
        holder=$!
        for _ in $(seq 100); do [ -f "$work/ready$n" ] && break; sleep 0.1; done
        pgrep -P "$holder" >"$work/holder$n"
        if [ "$1" = ours ]; then
            on $n "$top_builddir/corosync/engine/corosync" -f -c "$work/conf" >"$work/log$n" 2>&1 &
        else
            on $n env QUORATE_ORACLE="$oracle" "$here/../interop/oracle.sh" --run corosync -f -c "$work/conf" >"$work/log$n" 2>&1 &
        fi
    done
    for _ in $(seq 300); do
        on 1 "$top_builddir/tools/corosync-quorumtool" 2>/dev/null | grep -q '^Nodes: *3' && return 0
        sleep 0.1
    done
    echo "the $1 nodes formed no ring" >&2
    tail -n 3 "$work"/log? >&2
    return 1
}

nodes_stop() {
    for n in 1 2 3; do
        kill -9 "$(cat "$work/holder$n")" 2>/dev/null
        ip netns del "$name$n"
        rm -f "$work/ready$n" "$work/holder$n"
    done
    wait 2>/dev/null
    sleep 1
}

# measure ours|debian: a line "bytes messages MB" for each size
measure() {
    nodes_start "$1" || exit 1
    if [ "$1" = ours ]; then
        client=$libraries
    else
        client=$(dirname "$(find -L "$oracle" -name libcpg.so.4 | head -1)")
    fi
    for n in 2 3; do
        on $n env LD_LIBRARY_PATH="$client" "$programs/cpg_speed" 0 >/dev/null 2>&1 &
    done
    sleep 1
    on 1 env LD_LIBRARY_PATH="$client" timeout 300 "$programs/cpg_speed" "$seconds" "${sizes[@]}"
    nodes_stop
}

measure debian >"$work/debian"
measure ours >"$work/ours"
printf '%8s %12s %12s %8s\n' bytes ours/s Debian/s ratio
awk 'NR == FNR { debian[$1] = $2; next } { printf "%8d %12d %12d %8.2f\n", $1, $2, debian[$1], debian[$1] ? $2 / debian[$1] : 0 }' \
    "$work/debian" "$work/ours"
