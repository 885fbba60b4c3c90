#!/usr/bin/env bash
# Our corosync-notifyd tells on standard output, on the D-Bus and in SNMP traps what Debian's tells, of the same events of our daemon.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

# ---- beside a daemon ----
if [ "${1-}" = --beside ]; then
    work=$NODE_DIR/work
    mkdir -p "$work"
    cat >"$work/bus.conf" <<EOF
<busconfig><type>system</type><listen>unix:path=$work/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="signal"/><allow send_destination="*"/>
<allow receive_sender="*"/><allow eavesdrop="true"/></policy></busconfig>
EOF
    dbus-daemon --config-file="$work/bus.conf" --nofork 2>/dev/null &
    for _ in $(seq 50); do [ -S "$work/bus" ] && break; sleep 0.1; done
    export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus
    dbus-monitor --address "$DBUS_SYSTEM_BUS_ADDRESS" "interface='org.corosync'" >"$work/signals" 2>/dev/null &
    "$here/snmp_traps.py" >"$work/traps" 2>"$RESULTS/traps.err" &
    sleep 0.5
    # it prints on the standard error, whatever its man page says
    "$here/oracle.sh" --run corosync-notifyd -f -o -d -n -s -m 127.0.0.1 -c test >"$work/theirs" 2>&1 </dev/null &
    sleep 1.5 # the first sender on the bus is Debian's
    "$top_builddir/tools/corosync-notifyd" -f -o -d -n -s -m 127.0.0.1 -c test >"$work/ours" 2>/dev/null </dev/null &
    sleep 1
    # a client that stays longer than the statistics are old, and the loss of quorum
    (sleep 4) | "$top_builddir/tools/corosync-cmapctl" -T test. >/dev/null 2>&1
    sleep 2.5
    "$top_builddir/tools/corosync-cmapctl" -s quorum.expected_votes u32 3
    sleep 1
    "$top_builddir/tools/corosync-cmapctl" -s quorum.expected_votes u32 1
    sleep 1
    # a node comes and goes
    "$top_builddir/tools/corosync-cmapctl" -s runtime.members.7.ip str "r(0) ip(127.0.0.7) "
    "$top_builddir/tools/corosync-cmapctl" -s runtime.members.7.status str joined
    sleep 0.5
    "$top_builddir/tools/corosync-cmapctl" -s runtime.members.7.status str left
    sleep 1
    cp "$work/theirs" "$work/ours" "$work/signals" "$work/traps" "$RESULTS/"
    exit 0
fi

for program in dbus-daemon dbus-monitor; do
    command -v $program >/dev/null || { echo "1..0 # SKIP no $program"; exit 0; }
done
[ -n "$("$here/oracle.sh" 2>/dev/null)" ] || { echo "1..0 # SKIP no Debian packages"; exit 0; }
export RESULTS
RESULTS=$(mktemp -d)
trap 'rm -rf "$RESULTS"' EXIT
"$here/corosync_node.sh" ours "$here/one_node.conf" "$0" --beside >/dev/null 2>&1
[ $? = 77 ] && { echo "1..0 # SKIP no namespaces"; exit 0; }

# lines FILE: what a notifier printed of the events that both saw (their own connections depend on who came first)
lines() {
    sed -n -E '/corosync-cmap|quor|127.0.0.7/s/0x[0-9a-f]+\.[0-9]+/PTR.PID/; /corosync-cmap|quor|127.0.0.7/p' "$RESULTS/$1" | grep '^\[notice\]'
}
# signals FIELD: the signals of the first (1) or second (2) sender, one a line
signals() {
    awk -v which="$1" '
        /^signal/ {
            take = 0
            if (match($0, /sender=:[0-9.]+/)) {
                sender = substr($0, RSTART, RLENGTH)
                if (!(sender in number)) number[sender] = ++senders
                take = $0 ~ /org.corosync/ && number[sender] == which
                if (take) { sub(/.*member=/, ""); printf "\n%s", $0 }
            }
            next
        }
        take { gsub(/0x[0-9a-f]+\.[0-9]+/, "PTR.PID"); gsub(/^ +/, " "); printf "%s", $0 }
        END { print "" }' "$RESULTS/signals" | grep -E 'corosync-cmap|Quorum|127.0.0.7'
}
# traps N: those of the first (1) or second (2) sender
traps() {
    awk -v which="$1" '
        !($1 in number) { number[$1] = ++senders }
        number[$1] == which && /corosync-cmap|quor|127.0.0.7/ {
            sub(/^[0-9]+ /, "")
            gsub(/0x[0-9a-f]+\.[0-9]+/, "PTR.PID")
            print
        }' "$RESULTS/traps"
}
# check NUMBER WHAT LINES A B
check() {
    if [ "$4" = "$5" ] && [ "$(printf '%s\n' "$4" | wc -l)" = "$3" ]; then
        echo "ok $1 - $2"
    else
        echo "not ok $1 - $2"
        printf 'Debian:\n%s\nours:\n%s\n' "$4" "$5" | sed 's/^/# /'
    fi
}
check 1 "printed lines" 7 "$(lines theirs)" "$(lines ours)"
check 2 "signals on the bus" 7 "$(signals 1)" "$(signals 2)"
check 3 "SNMP traps" 5 "$(traps 1)" "$(traps 2)"
sed 's/^/# /' "$RESULTS/traps.err"
echo "1..3"
