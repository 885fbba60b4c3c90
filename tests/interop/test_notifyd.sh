#!/usr/bin/env bash
# Our corosync-notifyd tells on standard output, on the D-Bus and in SNMP traps what Debian's tells,
# of the same events of our daemon.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

# ---- beside a daemon ----
if [ "${1-}" = --beside ]; then
    work=$NODE_DIR/work
    mkdir -p "$work"
    cat >"$work/bus.conf" <<EOF
<busconfig><type>system</type><listen>unix:path=$work/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_type="signal"/><allow send_destination="*"/>
<allow receive_sender="*"/><allow eavesdrop="true"/></policy></busconfig>
EOF
    dbus-daemon --config-file="$work/bus.conf" --nofork 2>/dev/null &
    cd "$work" || exit 1
    # until COMMAND...: wait for its success, at most two minutes
    until_() {
        for _ in $(seq 1200); do "$@" && return; sleep 0.1; done
    }
    # seen COUNT TEXT FILE...: each file has that many lines with the text
    seen() {
        local file
        for file in "${@:3}"; do
            [ "$(grep -c -- "$2" "$file" 2>/dev/null)" -ge "$1" ] || return
        done
    }
    # told TEXT COUNT MEMBER TRAP: both print the text;
    # so many signals of that name and traps with that text came in all
    told() {
        until_ seen 1 "$1" theirs ours
        until_ seen "$2" "member=$3" signals
        [ $# -lt 4 ] || until_ seen "$2" "$4" traps
    }
    until_ test -S bus
    export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus
    dbus-monitor --address "$DBUS_SYSTEM_BUS_ADDRESS" "interface='org.corosync'" >signals 2>/dev/null &
    "$here/snmp_traps.py" >traps 2>"$RESULTS/traps.err" &
    until_ seen 1 NameLost signals
    until_ grep -q ':00A2 ' /proc/net/udp   # port 162
    # it prints on the standard error, whatever its man page says
    "$here/oracle.sh" --run corosync-notifyd -f -o -d -n -s -m 127.0.0.1 -c test >theirs 2>&1 </dev/null &
    # the first sender on the bus is Debian's
    until_ seen 1 'corosync-notif.* is now connected' theirs
    until_ seen 1 member=ConnectionStateChange signals
    until_ seen 1 quorate traps
    "$top_builddir/tools/corosync-notifyd" -f -o -d -n -s -m 127.0.0.1 -c test >ours 2>/dev/null </dev/null &
    until_ seen 1 'corosync-notif.* is now connected' ours
    until_ seen 2 quorate traps
    # a client that stays until it was seen, and the loss of quorum
    mkfifo hold
    "$top_builddir/tools/corosync-cmapctl" -T test. <hold >/dev/null 2>&1 &
    client=$!
    echo $client >"$RESULTS/client"
    exec 9>hold
    until_ seen 1 "[.]$client[.].* is now connected" theirs ours
    exec 9>&-
    until_ seen 1 "[.]$client[.].* is now disconnected" theirs ours
    until_ seen 4 "[.]$client[.]" signals
    "$top_builddir/tools/corosync-cmapctl" -s quorum.expected_votes u32 3
    told 'has lost quorum' 4 QuorumStateChange quorate
    "$top_builddir/tools/corosync-cmapctl" -s quorum.expected_votes u32 1
    until_ seen 2 'is now quorate' theirs ours
    told 'is now quorate' 6 QuorumStateChange quorate
    # a node comes and goes
    "$top_builddir/tools/corosync-cmapctl" -s runtime.members.7.ip str "r(0) ip(127.0.0.7) "
    "$top_builddir/tools/corosync-cmapctl" -s runtime.members.7.status str joined
    told '127.0.0.7 joined' 2 NodeStateChange 127.0.0.7
    "$top_builddir/tools/corosync-cmapctl" -s runtime.members.7.status str left
    told '127.0.0.7 left' 4 NodeStateChange 127.0.0.7
    cp theirs ours signals traps "$RESULTS/"
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

client=$(cat "$RESULTS/client")
# lines FILE: what a notifier printed of the events that both saw (their own connections depend on who came
# first, and a client that stays for a moment is seen or not)
lines() {
    sed -n -E '/[.]'"$client"'[.]|quor|127.0.0.7/s/0x[0-9a-f]+\.[0-9]+/PTR.PID/p; /quor|127.0.0.7/p' \
        "$RESULTS/$1" | grep '^\[notice\]'
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
        take { gsub(/^ +/, " "); printf "%s", $0 }
        END { print "" }' "$RESULTS/signals" |
        grep -E "[.]$client[.]|Quorum|127.0.0.7" | sed -E 's/0x[0-9a-f]+\.[0-9]+/PTR.PID/'
}
# traps N: those of the first (1) or second (2) sender
traps() {
    awk -v which="$1" '
        !($1 in number) { number[$1] = ++senders }
        number[$1] == which && /quor|127.0.0.7/ {
            sub(/^[0-9]+ /, "")
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
