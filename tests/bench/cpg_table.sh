#!/usr/bin/env bash
# Process group messages per second of our daemon and Debian's: three nodes in network namespaces on this
# machine, aes256/sha256, one link; node 1 sends as fast as it can, all receive.
#
#   tests/bench/cpg_table.sh [--seconds N] [--rounds N] [--realtime] [SIZE...]
#
# Default: one round of 3 seconds for each of 64 ... 1000000 bytes. In a round Debian's come first, then ours;
# messages and times of all rounds are added. --realtime runs the clients with real-time priority, as the
# daemons do: almost as if nothing else ran on the machine, which stands still meanwhile.
#
# Prints a table: bytes, messages per second of ours and of Debian's, their ratio; then the CPU time a message
# takes of the three daemons together and of the sending client, in microseconds, and the ratio of the
# daemons' (which depends less on what else the machine does). Needs root and a build (top_builddir, default:
# build).
set -u
here=$(cd "$(dirname "$0")" && pwd)
top_builddir=${top_builddir:-$here/../../build}
seconds=3
rounds=1
client_class=()
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --realtime) client_class=(chrt -r 10); shift ;;
    -*) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
    *) break ;;
    esac
done
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
    printf 'totem {\n version: 2\n cluster_name: bench\n transport: knet\n'
    printf ' crypto_cipher: aes256\n crypto_hash: sha256\n keyfile: %s/key\n}\n' "$work"
    printf 'quorum {\n provider: corosync_votequorum\n}\nlogging {\n to_syslog: no\n}\nnodelist {\n'
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
            on $n env QUORATE_ORACLE="$oracle" "$here/../interop/oracle.sh" --run corosync -f \
                -c "$work/conf" >"$work/log$n" 2>&1 &
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

# CPU time of the three daemons so far, in clock ticks
ticks() {
    for n in 1 2 3; do
        on $n bash -c 'cat /proc/"$(cat /run/corosync.pid)"/stat'
    done | awk '{ sum += $14 + $15 } END { print sum }'
}

# measure ours|debian: a line "bytes messages/s MB/s messages client-us ticks" for each size
measure() {
    nodes_start "$1" || exit 1
    if [ "$1" = ours ]; then
        client=$libraries
    else
        client=$(dirname "$(find -L "$oracle" -name libcpg.so.4 | head -1)")
    fi
    for n in 2 3; do
        on $n env LD_LIBRARY_PATH="$client" "${client_class[@]}" "$programs/cpg_speed" 0 >/dev/null 2>&1 &
    done
    sleep 1
    for size in "${sizes[@]}"; do
        before=$(ticks)
        line=$(on 1 env LD_LIBRARY_PATH="$client" "${client_class[@]}" \
            timeout 300 "$programs/cpg_speed" "$seconds" "$size")
        [ -n "$line" ] && echo "$line $(($(ticks) - before))"
    done
    nodes_stop
}

for _ in $(seq "$rounds"); do
    for kind in debian ours; do
        measure $kind >"$work/measured" || exit 1
        sed "s/^/$kind /" "$work/measured"
    done
done >"$work/lines"
awk -v hz="$(getconf CLK_TCK)" '
    function ratio(a, b) { return b ? a / b : 0 }
    function rate(kind) { return ratio(messages[kind, size], seconds[kind, size]) }
    function daemons(kind) { return ratio(ticks[kind, size] * 1e6 / hz, messages[kind, size]) }
    function client(kind) { return ratio(cpu[kind, size], messages[kind, size]) }
    {
        if (!($2 in seen)) { seen[$2] = 1; order[++n] = $2 }
        messages[$1, $2] += $5
        seconds[$1, $2] += ratio($5, $3)
        cpu[$1, $2] += $6
        ticks[$1, $2] += $7
    }
    END {
        printf "%8s | %9s %9s %6s | %9s %9s %6s | %9s %9s\n", "bytes", "ours/s", "Debian/s", "ratio",
               "ours us", "Debian us", "ratio", "client us", "Debian us"
        for (i = 1; i <= n; i++) {
            size = order[i]
            printf "%8d | %9d %9d %6.2f | %9.1f %9.1f %6.2f | %9.1f %9.1f\n",
                   size, rate("ours"), rate("debian"), ratio(rate("ours"), rate("debian")),
                   daemons("ours"), daemons("debian"), ratio(daemons("debian"), daemons("ours")),
                   client("ours"), client("debian")
        }
    }' "$work/lines"
