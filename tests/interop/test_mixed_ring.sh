#!/usr/bin/env bash
# Rings of our daemons and Debian's in network namespaces: forming, order of messages, failure and return,
# lost links, a slow link under load, reload with new keys, reload that adds and removes a node, and the udpu
# and udp transports. Two bridges join three namespaces; nothing leaves them.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

skip() { echo "1..0 # SKIP $1"; exit 0; }
[ "$(id -u)" = 0 ] || skip "needs root"
oracle=$("$here/oracle.sh") && [ -n "$oracle" ] || skip "no Debian packages"
name=qr$$
ip netns add "${name}h" 2>/dev/null || skip "no network namespaces"

work=$(mktemp -d)
number=0
daemons=()

# Every process lives in a PID namespace of its node: killing its first process ends them all.
cleanup() {
    for n in 1 2 3; do
        [ -f "$work/holder$n" ] && kill -9 "$(cat "$work/holder$n")" 2>/dev/null
        ip netns del "$name$n" 2>/dev/null
    done
    ip netns del "${name}h" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT

result() {
    local status=$?
    number=$((number + 1))
    [ $status = 0 ] && echo "ok $number - $1" || { echo "not ok $number - $1"; dump; }
    return $status
}

dump() {
    for n in 1 2 3; do
        [ -f "$work/log$n" ] && tail -n 12 "$work/log$n" | sed "s/^/# node $n: /"
    done
}

# ---- nodes ----
for link in 0 1; do
    ip -n "${name}h" link add br$link type bridge
    ip -n "${name}h" link set br$link up
done
for n in 1 2 3; do
    ip netns add "$name$n"
    ip -n "$name$n" link set lo up
    for link in 0 1; do
        ip link add v$link netns "$name$n" type veth peer name leg$n.$link netns "${name}h"
        ip -n "${name}h" link set leg$n.$link master br$link up
        ip -n "$name$n" addr add 10.9$link.0.$n/24 dev v$link
        ip -n "$name$n" link set v$link up
    done
    ip netns exec "$name$n" unshare -m -u -p -f --propagation private --mount-proc bash -c "
        hostname node$n
        for dir in /dev/shm /run /var/lib; do mount -t tmpfs tmpfs \$dir; done
        mkdir -p /var/lib/corosync
        echo ready >$work/ready$n
        exec sleep infinity" </dev/null >/dev/null 2>&1 &
    holder=$!
    for _ in $(seq 600); do [ -f "$work/ready$n" ] && break; sleep 0.1; done
    # unshare forks: its child is the first process of the node
    pgrep -P "$holder" >"$work/holder$n" || cp <(echo "$holder") "$work/holder$n"
done

on() {
    local n=$1
    shift
    nsenter -t "$(cat "$work/holder$n")" -m -u -n -p "$@"
}

# start N ours|debian
start() {
    if [ "$2" = ours ]; then
        on "$1" "$top_builddir/corosync/engine/corosync" -f -c "$work/conf" >"$work/log$1" 2>&1 &
    else
        on "$1" env QUORATE_ORACLE="$oracle" "$here/oracle.sh" --run corosync -f \
            -c "$work/conf" >"$work/log$1" 2>&1 &
    fi
    daemons[$1]=$!
}

# daemon_kill N SIGNAL: to the daemon itself, not to what wraps it
daemon_kill() {
    on "$1" bash -c 'kill "-$1" "$(cat /run/corosync.pid)"' kill "$2" 2>/dev/null
    wait "${daemons[$1]}" 2>/dev/null
}

tool() {
    local n=$1
    shift
    on "$n" env QUORATE_ORACLE="$oracle" timeout 60 "$here/oracle.sh" --run "$@"
}

# within SECONDS COMMAND...: it succeeds within the time; four times as long, as the machine may be busy
within() {
    local end=$((SECONDS + $1 * 4))
    shift
    until "$@"; do
        [ $SECONDS -le $end ] || return 1
        sleep 0.2
    done
}

# members N COUNT SECONDS: the node reports so many nodes within the time
members() { within "$3" sees_members "$1" "$2"; }
sees_members() {
    [ "$(tool "$1" corosync-quorumtool -s 2>/dev/null | sed -n 's/^Nodes: *//p')" = "$2" ]
}

all_members() {
    local n
    for n in 1 2 3; do members $n 3 "$1" || return 1; done
}

# cmap_value N KEY VALUE: as corosync-cmapctl shows it on node N
cmap_value() { [ "$(tool "$1" corosync-cmapctl -g "$2")" = "$2 $3" ]; }

ring_id() { tool "$1" corosync-quorumtool -s 2>/dev/null | sed -n 's/^Ring ID: *//p'; }

traffic() {
    local n pids=
    for n in 1 2 3; do
        on $n env LD_LIBRARY_PATH="$top_builddir/corosync/client/.libs" timeout 240 \
            "$top_builddir/tests/interop/.libs/cpg_traffic" group 3 "$1" 1 "$2" >"$work/order$n" 2>&1 &
        pids="$pids $!"
    done
    wait $pids
    grep -q '^order' "$work/order1" && cmp -s "$work/order1" "$work/order2" &&
        cmp -s "$work/order1" "$work/order3"
}

head -c 256 /dev/urandom >"$work/key"

# configure TRANSPORT LINKS [LINE...]: with the nodes in $nodes
nodes="1 2 3"
configure() {
    local transport=$1 links=$2 n link
    shift 2
    {
        printf 'totem {\n version: 2\n cluster_name: mixed\n transport: %s\n token: 1000\n' "$transport"
        printf ' %s\n' "$@"
        printf '}\nlogging {\n to_stderr: yes\n to_syslog: no\n}\n'
        printf 'quorum {\n provider: corosync_votequorum\n}\n'
        printf 'nodelist {\n'
        for n in $nodes; do
            printf ' node {\n  name: node%s\n  nodeid: %s\n' $n $n
            for link in $(seq 0 $((links - 1))); do printf '  ring%s_addr: 10.9%s.0.%s\n' $link $link $n; done
            printf ' }\n'
        done
        printf '}\n'
    } >"$work/conf"
}

# ---- rings ----
round() {
    local kinds="$1 $2 $3" victim=$4 n kind
    set -- $1 $2 $3
    configure knet 2 "crypto_cipher: aes256" "crypto_hash: sha256" "keyfile: $work/key"
    n=1
    for kind in "$@"; do start $n "$kind"; n=$((n + 1)); done
    all_members 15
    result "$kinds: a ring of three forms"
    traffic 60 1048576
    result "$kinds: messages of all sizes arrive whole and in one order"
    before=$(ring_id 1)
    daemon_kill "$victim" KILL
    other=$((victim % 3 + 1))
    members $other 2 15
    result "$kinds: the others go on when node $victim loses power"
    start "$victim" "${!victim}"
    all_members 15
    result "$kinds: node $victim returns"
    sed -i 's/aes256/aes128/; s/token: 1000/token: 1200/' "$work/conf"
    tool 1 corosync-cfgtool -R >/dev/null
    status=$?
    [ $status = 0 ] && within 15 cmap_value 3 runtime.config.totem.token "(u32) = 1850" && all_members 15
    result "$kinds: new keys and timers by reload"
    traffic 20 5000
    result "$kinds: messages flow with the new keys"
    ip -n "${name}h" link set leg$victim.0 down
    ip -n "${name}h" link set leg$victim.1 down
    members $other 2 15 && members "$victim" 1 15 && ! tool "$victim" corosync-quorumtool -s >/dev/null
    result "$kinds: node $victim without network has no quorum, the others have"
    ip -n "${name}h" link set leg$victim.0 up
    ip -n "${name}h" link set leg$victim.1 up
    all_members 20
    result "$kinds: the ring heals"
    for n in 1 2 3; do daemon_kill $n TERM; done
}

# overrun READER SENDER: the first node's client reads slowly what the second one's sends as fast as it can
overrun() {
    local reader=$1 sender=$2 pid peak
    on $reader env LD_LIBRARY_PATH="$top_builddir/corosync/client/.libs" timeout 400 \
        "$top_builddir/tests/interop/.libs/cpg_slow" 250 read >"$work/reader" 2>&1 &
    pid=$!
    within 15 joined $sender slow
    on $sender env LD_LIBRARY_PATH="$top_builddir/corosync/client/.libs" timeout 400 \
        "$top_builddir/tests/interop/.libs/cpg_slow" 250 send >"$work/sender" 2>&1 &
    wait $pid || { sed 's/^/# /' "$work/reader" "$work/sender"; return 1; }
    peak=$(on $reader bash -c \
        'sed -n "s/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$(cat /run/corosync.pid)/status"')
    [ "$peak" -lt 250000 ]
}

# joined N GROUP: node N knows of a process in the group
joined() { tool "$1" corosync-cpgtool 2>/dev/null | grep -q "^$2\b"; }

# quorum_state N: members, expected votes and quorum as the node sees them
quorum_state() {
    tool "$1" corosync-quorumtool -s 2>/dev/null | awk -F': *' '
        /^(Nodes|Expected votes|Quorum):/ { printf "%s%d", sep, $2; sep = " " }'
}

expects_three() { [ "$(quorum_state "$1")" = "3 3 2" ]; }

# lacks N KEY: it is not, or no more, in the configuration map of node N
lacks() { ! tool "$1" corosync-cmapctl -g "$2" >/dev/null 2>&1; }

# grow KINDS: nodes 1 and 2 run; a reload adds node 3, another one removes it
grow() {
    local kinds="$1 $2 $3"
    local crypto=("crypto_cipher: aes256" "crypto_hash: sha256" "keyfile: $work/key")

    nodes="1 2"
    configure knet 2 "${crypto[@]}"
    start 1 "$1"
    start 2 "$2"
    members 1 2 15 && members 2 2 15
    result "$kinds: a ring of two forms"
    nodes="1 2 3"
    configure knet 2 "${crypto[@]}"
    tool 2 corosync-cfgtool -R >/dev/null && start 3 "$3" && all_members 20
    result "$kinds: node 3, added by reload, joins"
    within 10 expects_three 1 && within 10 expects_three 2 && within 10 expects_three 3
    result "$kinds: all three expect its vote"
    traffic 30 100000
    result "$kinds: messages flow with node 3"
    if [ "$2" = ours ]; then
        overrun 2 1
        result "$kinds: a slow client of ours slows Debian's sender and gets every message"
    fi
    daemon_kill 3 TERM
    members 1 2 15
    nodes="1 2"
    configure knet 2 "${crypto[@]}"
    tool 1 corosync-cfgtool -R >/dev/null
    within 10 lacks 1 nodelist.node.2.nodeid && within 10 lacks 2 nodelist.node.2.nodeid && members 1 2 5 &&
        members 2 2 5
    result "$kinds: another reload removes it, the others stay together"
    start 3 "$3"
    sleep 3
    members 1 2 2 && members 2 2 2
    result "$kinds: it does not get in any more"
    for n in 1 2 3; do daemon_kill $n TERM; done
    nodes="1 2 3"
}

# slow KINDS: node 3 gets no more than 0.1 MB/s while node 1 sends what it can
slow() {
    local kinds="$1 $2 $3" link
    configure knet 2 "crypto_cipher: aes256" "crypto_hash: sha256" "keyfile: $work/key"
    for n in 1 2 3; do start $n "$1"; shift; done
    all_members 15
    for link in 0 1; do
        ip netns exec "${name}h" tc qdisc add dev leg3.$link root tbf rate 800kbit burst 16kb latency 400ms
    done
    result "$kinds: a ring with a slow link"
    on 1 env LD_LIBRARY_PATH="$top_builddir/corosync/client/.libs" timeout 240 \
        "$top_builddir/tests/bench/.libs/cpg_speed" 8 2000 >"$work/speed" 2>&1
    awk '{ good = $2 > 10 } END { exit !good }' "$work/speed"
    result "$kinds: messages flow"
    ! grep -h 'Members\[' "$work/log1" "$work/log2" | tail -n +7 | grep -v 'Members\[.*: 1 2' | grep . &&
        members 1 2 1 ||
        members 1 3 5
    result "$kinds: at most the slow node drops out"
    for link in 0 1; do ip netns exec "${name}h" tc qdisc del dev leg3.$link root; done
    all_members 20
    result "$kinds: all come together again"
    for n in 1 2 3; do daemon_kill $n TERM; done
}

round ours ours ours 2
slow ours ours ours
round debian ours ours 1
round debian ours debian 2
grow ours debian ours
grow debian ours debian

for transport in udpu udp; do
    configure $transport 1
    start 1 ours
    start 2 debian
    start 3 ours
    all_members 15 && traffic 20 20000
    result "$transport: ours and Debian's form a ring and deliver in one order"
    for n in 1 2 3; do daemon_kill $n TERM; done
done
echo "1..$number"
