#!/usr/bin/env bash
# The nozzle device of three nodes, each in network namespaces of its own, joined by a bridge: two of ours and
# one of Debian's carry Ethernet frames for each other; scripts, reload and bad values on one node, equal to
# Debian's.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

# ---- one node alone: what a row of configurations leads to ----
if [ "${1-}" = --alone ]; then
    kind=$2
    reload() {
        if [ "$kind" = ours ]; then
            LD_LIBRARY_PATH=$top_builddir/corosync/client/.libs "$top_builddir/tools/corosync-cfgtool" -R
        else
            "$here/oracle.sh" --run corosync-cfgtool -R
        fi
    } >/dev/null
    show() {
        echo "== $1"
        ip -o link show type tun 2>/dev/null |
            sed -E 's/^[0-9]+: ([a-z0-9]+): <[^>]*UP[^>]*>.*ether ([0-9a-f:]+).*/\1 up \2/'
        ip -o -4 addr show scope global | awk '{print $2, $4}'
        ip -o -6 addr show scope global | awk '{print $2, $4}'
        cat $NODE_DIR/scripts
        : >$NODE_DIR/scripts
    }
    # what the daemon says of devices; a thread writes it, so it comes some time after a reload
    messages() {
        sed -nE 's/.*\[(TOTEM|CFG) *\] (.*ozzle.*|Opened .noz.*|Config reload requested.*) *$/\2/p' \
            $NODE_DIR/log |
            sed -E 's/ on fd [0-9]+//' | grep -vE 'not changed|exec |Debian'
    }
    for step in pre-up up down post-down; do
        mkdir -p $NODE_DIR/updown.d/$step.d
        echo "[ \$(ip -o link show noz0 | grep -c '[<,]UP') = 1 ] && up=up" \
            "; echo script $step \$up >>$NODE_DIR/scripts" |
            sed '1i #!/bin/sh' >$NODE_DIR/updown.d/$step.d/noz0
        chmod +x $NODE_DIR/updown.d/$step.d/noz0
    done
    reloads=0
    : >$NODE_DIR/scripts
    for _ in $(seq 600); do ip link show noz0 >/dev/null 2>&1 && break; sleep 0.1; done
    show start
    for change in 's/192.168.77.0/192.168.78.0/' 's/192.168.78.0/192.168.78.0/' \
        's/ipprefix: 24/ipprefix: 31/' \
        's/ipprefix: 31/ipprefix: 10/' 's/ipaddr: .*/ipaddr: fd00:1::/' 's/ipprefix: 10/ipprefix: 64/' \
        's/ipprefix: 64/ipprefix: 65/' 's/ipprefix: 65/ipprefix: 60\nmacaddr: 02:00:00:00:00:00/' \
        's/02:00:00:00:00:00/02:00/' '/macaddr/d' 's/ipaddr: .*/ipaddr: nonsense/' '/ipaddr/d' \
        '/^nozzle/,/^}/d'; do
        sed -i "$change" $NODE_DIR/corosync.conf
        reload
        reloads=$((reloads + 1))
        show "$change"
    done
    reload
    for _ in $(seq 600); do
        [ "$(messages | grep -c 'Config reload')" -le $reloads ] || break
        sleep 0.1
    done
    messages
    exit 0
fi

# ---- three nodes: node N of kind $2 in its own namespace ----
configuration() { # node
    sed -n '/^totem/,/^}/p' "$here/one_node.conf" |
        sed 's/version: 2/version: 2\ncrypto_cipher: aes256\ncrypto_hash: sha256/'
    echo 'nodelist {'
    for n in 1 2 3; do printf 'node {\n ring0_addr: 10.9.9.%d\n name: node%d\n nodeid: %d\n}\n' $n $n $n; done
    printf '}\nquorum {\n provider: corosync_votequorum\n}\nlogging {\n to_stderr: yes\n to_syslog: no\n}\n'
    printf 'nozzle {\n name: noz0\n ipaddr: 192.168.77.0\n ipprefix: 24\n}\n'
    printf 'system {\n state_dir: /run/node%d\n}\n' "$1"
}
start_node() { # node kind: prints the process id of its namespaces
    local dir=$work/node$1
    mkdir -p "$dir"
    configuration "$1" | sed "s|crypto_hash: sha256|&\nkeyfile: $work/key|" >"$dir/corosync.conf"
    unshare -n -m -u --propagation private --kill-child -f -p --mount-proc bash -c '
        mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm && mkdir /run/node'"$1"'
        hostname node'"$1"'
        ip link set lo up
        until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done
        ip addr add 10.9.9.'"$1"'/24 dev eth0 && ip link set eth0 up
        if [ '"$2"' = ours ]; then
            exec '"$top_builddir"'/corosync/engine/corosync -f -c '"$dir"'/corosync.conf
        fi
        exec '"$here"'/oracle.sh --run corosync -f -c '"$dir"'/corosync.conf' >"$dir/log" 2>&1 &
    local inner=
    for _ in $(seq 600); do
        inner=$(cat "/proc/$!/task/$!/children" 2>/dev/null)
        [ -n "$inner" ] && break
        sleep 0.05
    done
    inner=${inner%% *}
    pids="$pids $inner"
    ip link add "leg$1" type veth peer name eth0 netns "$inner" && ip link set "leg$1" master hub up
    eval "node$1=$inner"
}
# fetch FROM ADDRESS: node FROM reads the marker that the server at ADDRESS gives
server='import socket,sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((sys.argv[1], 999))
s.listen()
print("ready", flush=True)
while True:
    c, _ = s.accept(); c.sendall(b"x" * 300000 + sys.argv[1].encode()); c.close()'
client='import socket,sys
s=socket.create_connection((sys.argv[1], 999), timeout=60); d=b""
while True:
    b=s.recv(65536)
    if not b: break
    d+=b
sys.exit(0 if d == b"x" * 300000 + sys.argv[1].encode() else 1)'
if [ "${1-}" = --three ]; then
    work=$2
    pids=
    ip link add hub type bridge && ip link set hub up || exit 77
    head -c 256 /dev/urandom >"$work/key"
    start_node 1 ours
    start_node 2 ours
    start_node 3 "$3"
    for n in 1 2 3; do
        pid=node$n
        for _ in $(seq 600); do
            nsenter -t "${!pid}" -n ip -o -4 addr show noz0 2>/dev/null | grep -q 192.168.77 && break
            sleep 0.1
        done
        nsenter -t "${!pid}" -n python3 -c "$server" 192.168.77.$n >"$work/serves$n" 2>"$work/server$n" &
        pids="$pids $!"
    done
    for n in 1 2 3; do
        for _ in $(seq 600); do
            grep -q 'Members\[3\]' "$work/node$n/log" && [ -s "$work/serves$n" ] && break
            sleep 0.1
        done
    done
    for pair in "1 2" "2 1" "1 3" "3 1" "3 2"; do
        set -- $pair
        pid=node$1
        if nsenter -t "${!pid}" -n timeout 100 python3 -c "$client" 192.168.77.$2 2>>"$work/client"; then
            echo "ok - node $1 reads 300 kB from node $2 through the device"
        else
            echo "not ok - node $1 reads 300 kB from node $2 through the device"
            tail -3 "$work/node$1/log" | sed 's/^/# /'
            tail -1 "$work/client" | sed 's/^/# /'
        fi
    done
    kill -9 $pids 2>/dev/null
    wait
    exit 0
fi

[ "$(id -u)" = 0 ] && unshare -n ip tuntap add dev tap0 mode tap 2>/dev/null || {
    echo "1..0 # SKIP no tap devices here"
    exit 0
}
"$top_builddir/corosync/engine/corosync" -v | grep -q ' nozzle ' || {
    echo "1..0 # SKIP built without libnozzle"
    exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
    cat "$here/one_node.conf"
    printf 'nozzle {\n name: noz0\n ipaddr: 192.168.77.0\n ipprefix: 24\n}\n'
} >"$work/conf"
other=debian
"$here/oracle.sh" >/dev/null || other=ours
for kind in ours debian; do
    "$here/corosync_node.sh" $kind "$work/conf" "$0" --alone $kind >"$work/alone.$kind" 2>"$work/stderr.$kind"
done
if [ $other = ours ]; then
    echo "ok 1 - what devices come of configurations # SKIP Debian's daemon is not here"
elif grep -q 'noz0 up' "$work/alone.ours" && cmp -s "$work/alone.ours" "$work/alone.debian"; then
    echo "ok 1 - 14 configurations: devices, addresses, scripts and messages as Debian's"
else
    echo "not ok 1 - 14 configurations: devices, addresses, scripts and messages as Debian's"
    diff "$work/alone.debian" "$work/alone.ours" | sed 's/^/# /'
fi
unshare -n -m --propagation private --kill-child -f -p --mount-proc "$0" \
    --three "$work" $other >"$work/three" 2>"$work/stderr"
awk '/^(not )?ok - / { n++; sub(/ok - /, "ok " n + 1 " - ") } { print } END { print "1.." n + 1 }' \
    "$work/three"
grep -q '^ok' "$work/three" || sed 's/^/# /' "$work/stderr"
