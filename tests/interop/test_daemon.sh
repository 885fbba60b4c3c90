#!/usr/bin/env bash
# The daemon as a process: exit statuses, damaged configuration, lock file, signals, flight recorder, rights
# of local clients, damaged requests.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"
corosync=$top_builddir/corosync/engine/corosync

# ---- beside the daemon ----
if [ "${1-}" = --beside ]; then
    export LD_LIBRARY_PATH=$top_builddir/corosync/client/.libs
    result() {
        local status=$?
        [ $status = 0 ] && echo "ok - $1" || echo "not ok - $1"
        return $status
    }
    cmapctl() { "$top_builddir/tools/corosync-cmapctl" "$@"; }
    pid=$(cat /run/corosync.pid)

    kill -0 "$pid"
    result "the lock file holds the daemon's process id"
    "$corosync" -f -c $NODE_DIR/corosync.conf >$NODE_DIR/second 2>&1
    [ $? = 18 ] && grep -q 'Another Corosync instance is already running.' $NODE_DIR/second
    result "a second daemon exits with status 18"
    timeout 300 "$top_builddir/tests/interop/ipc_damage" 15 && kill -0 "$pid"
    result "damaged requests do no harm"
    timeout 300 "$top_builddir/tests/interop/cpg_slow" 500 && grep -q 'slowing down the ring' $NODE_DIR/log &&
        [ "$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")" -lt 300000 ]
    result "a client that reads slowly slows the senders and gets every message"
    timeout 300 "$top_builddir/tests/interop/client_signals" >$NODE_DIR/signals
    result "signals do not interrupt a client that connects" || sed 's/^/#   /' $NODE_DIR/signals
    kill -USR2 "$pid" && sleep 0.3 && kill -0 "$pid"
    result "USR2 writes the state and nothing else"
    cmapctl -s runtime.blackbox.dump_flight_data str now && [ -s $NODE_DIR/state/fdata ] &&
        [ -L $NODE_DIR/state/fdata ]
    result "the flight recorder is written when the request returns"
    chmod 755 $NODE_DIR
    setpriv --reuid 65534 --regid 65534 --clear-groups \
        "$top_builddir/tools/corosync-cmapctl" >/dev/null 2>&1 \
        || grep -q 'Denied connection attempt from 65534:65534' $NODE_DIR/log
    result "a stranger is refused"
    cmapctl -s uidgid.gid.65534 u8 1 &&
        setpriv --reuid 65534 --regid 65534 --clear-groups \
        "$top_builddir/tools/corosync-cmapctl" -g totem.version >/dev/null
    result "a group that was let in is not"
    cmapctl -s totem.token u32 5000 && [ "$(cmapctl -g runtime.config.totem.consensus)" = \
        "runtime.config.totem.consensus (u32) = 6000" ]
    result "a new token time takes effect at once"
    cmapctl -s totem.token u32 1 && [ "$(cmapctl -g runtime.config.totem.token)" = \
        "runtime.config.totem.token (u32) = 5000" ] && grep -q 'may not be less than' $NODE_DIR/log
    result "an impossible one does not"
    ! cmapctl -s nodelist.node.0.name str x 2>/dev/null && ! cmapctl -s totem.transport str udpu 2>/dev/null
    result "read-only keys are"
    before=$(cmapctl -m stats -g stats.srp.gather_entered | sed 's/.* = //')
    cmapctl -s runtime.force_gather str yes
    formed=1
    for _ in $(seq 300); do
        [ "$(cmapctl -m stats -g stats.srp.gather_entered | sed 's/.* = //')" -gt "$before" ] &&
            [ "$(cmapctl -g runtime.force_gather)" = "runtime.force_gather (str) = no" ] && formed=0 && break
        sleep 0.1
    done
    [ $formed = 0 ]
    result "the ring can be told to form again"
    kill -TERM "$pid"
    for _ in $(seq 600); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    [ ! -e /run/corosync.pid ] && grep -q 'Corosync Cluster Engine exiting normally' $NODE_DIR/log &&
        [ "$(stat -c %s $NODE_DIR/state/ringid_1)" = 8 ]
    result "TERM ends it in order"
    exit 0
fi

# ---- beside a daemon with things it cannot have ----
if [ "${1-}" = --odd ]; then
    result() {
        [ $? = 0 ] && echo "ok - $1" || echo "not ok - $1"
    }
    grep -q "$2 (resources.watchdog_device) is not a watchdog" $NODE_DIR/log &&
        kill -0 "$(cat /run/corosync.pid)"
    result "a file that is no watchdog is refused"
    exit 0
fi

# ---- configuration only ----
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
# damaged STATUS TEXT SED: the example with a change is refused with this status and text
damaged() {
    n=$((n + 1))
    sed "$3" "$here/one_node.conf" >"$work/conf"
    printf 'system {\n state_dir: %s\n}\n' "$work" >>"$work/conf"
    output=$("$corosync" -t -c "$work/conf" 2>&1)
    status=$?
    if [ $status = "$1" ] && [[ $output == *"$2"* ]]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        echo "# status $status: $output"
    fi
}
damaged 0 "Corosync Cluster Engine exiting normally" "s/name: node1/name: $(uname -n)/"
other_nodes='node {\nring0_addr: 127.0.0.2\nnodeid: 2\n}\nnode {\nring0_addr: 127.0.0.3\nnodeid: 3\n}'
damaged 0 "Set quorum.expected_votes to 4." "s/name: node1/name: $(uname -n)/; s/nodelist {/&\n$other_nodes/
    s/provider:.*/&\ndevice {\nmodel: net\nvotes: 1\n}/"
damaged 8 "Unexpected closing brace" '1i }'
range="integer in range (0..4294967295)"
damaged 8 "Value of key \"totem.version\" is expected to be $range, but \"two\" was given" \
    's/version: 2/version: two/'
damaged 8 "This totem parser can only parse version 2 configurations." 's/version: 2/version: 3/'
damaged 8 "Invalid transport type. Should be udpu, udp or knet" 's/knet/pigeon/'
damaged 8 "Could not open $work/nokey: No such file or directory" \
    "s|version: 2|version: 2\ncrypto_cipher: aes256\ncrypto_hash: sha256\nkeyfile: $work/nokey|"
head -c 100 /dev/zero >"$work/short"
damaged 8 "Could only read 800 bits of minimum 1024 bits from $work/short." \
    "s|version: 2|version: 2\ncrypto_cipher: aes256\ncrypto_hash: sha256\nkeyfile: $work/short|"
damaged 8 "Knet requires an explicit nodeid for the local node" '/nodeid/d'
damaged 7 "parse error in config: unknown value for debug." 's/to_syslog: no/to_syslog: no\ndebug: perhaps/'
damaged 7 "Can't open logfile '$work/no/such' for reason: No such file or directory (2)" \
    "s|to_syslog: no|to_syslog: no\nlogfile: $work/no/such|"

# ---- running ----
"$here/corosync_node.sh" ours "$here/one_node.conf" "$0" --beside >"$work/results" 2>"$work/stderr"
status=$?
if [ $status = 77 ]; then
    echo "1..$n # no namespaces here: the rest is left out"
    exit 0
fi
echo content >"$work/odd"
{
    cat "$here/one_node.conf"
    printf 'resources {\n watchdog_device: %s\n}\n' "$work/odd"
} >"$work/odd.conf"
"$here/corosync_node.sh" ours "$work/odd.conf" "$0" --odd "$work/odd" >>"$work/results" 2>>"$work/stderr"
[ "$(cat "$work/odd")" = content ] && echo "ok - it is not written to" >>"$work/results" ||
    echo "not ok - a file that is no watchdog is not written to" >>"$work/results"
grep -q '^ok' "$work/results" || echo "not ok - the commands ran (status $status)" >>"$work/results"
grep -q '^not ok' "$work/results" && sed 's/^/#   /' "$work/stderr"
awk -v n=$n '/^(not )?ok - / { n++; sub(/ok - /, "ok " n " - ") } { print } END { print "1.." n }' \
    "$work/results"
