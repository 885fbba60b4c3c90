#!/usr/bin/env bash
# Attribute managers of ours and of Debian's share their values, in both roles: two nodes, one of each kind,
# where pacemakerd and pacemaker-attrd are ours on node 1, and everything is Debian's on node 2; then the
# whole of node 1 is ours.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

if [ "${1-}" = --beside ]; then
    . "$here/pcmk_host.sh"
    what=$2

    # both WHAT NAME EXPECTED: the sorted values of attribute NAME on both nodes
    both() {
        local found id
        for id in 1 2; do
            for _ in $(seq 80); do
                found=$(on "$id" attrd_updater -n "$2" -Q -A 2>&1 |
                    sed -E 's/name="[^"]*" //' | sort | paste -sd' ')
                [ "$found" = "$3" ] && break
                sleep 0.5
            done
            if [ "$found" = "$3" ]; then
                echo "ok - $what: $1 (node $id)"
            else
                printf '%s\n' "not ok - $what: $1 (node $id)" "#   $found"
            fi
        done
    }

    # in_cib WHAT ID: an nvpair with that id is in both CIBs
    in_cib() {
        local id
        for id in 1 2; do
            if wait_for 10 sh -c "'$here/pcmk_host.sh' --on $id cibadmin -Q -l -o status | grep -q '$2'"; then
                echo "ok - $what: $1 (node $id)"
            else
                echo "not ok - $what: $1 (node $id)"
                on $id cibadmin -Q -l -o status | sed 's/^/#   /'
            fi
        done
    }

    started 1
    started 2
    wait_for 90 sh -c "'$here/pcmk_host.sh' --on 1 crm_mon -1 | grep -q 'Online: . n1 n2 '" &&
        echo "ok - $what: both nodes are online" || echo "not ok - $what: both nodes are online"
    on 1 attrd_updater -n a -U 1
    on 2 attrd_updater -n a -U 2
    on 2 attrd_updater -n b -B 3 -d 1s
    on 1 attrd_updater -n c -U 4 -N n2
    on 2 attrd_updater -n p -U x -p
    on 1 attrd_updater -n 'fail-count-r#start_0' -U 5 -N n2
    both 'values of both nodes' a 'host="n1" value="1" host="n2" value="2"'
    both 'a dampened value' b 'host="n2" value="3"'
    both 'a value set for the other node' c 'host="n2" value="4"'
    both 'a private value' p 'host="n2" value="x"'
    in_cib 'a value is written' 'id="status-2-a" name="a" value="2"'
    in_cib 'the dampened value is written' 'id="status-2-b" name="b" value="3"'
    in_cib 'ids are made of what XML allows' \
        'id="status-2-fail-count-r.start_0" name="fail-count-r#start_0" value="5"'
    # whoever is writer: kill one manager, then the other
    for id in 1 2; do
        other=$((3 - id))
        on $id killall -9 pacemaker-attrd
        wait_for 30 sh -c "'$here/pcmk_host.sh' --on $id attrd_updater -n new$id -U 1"
        both "a new value after the manager of node $id died" new$id "host=\"n$id\" value=\"1\""
        on $other attrd_updater -n later$id -U 7
        both "a value of the other node then" later$id "host=\"n$other\" value=\"7\""
        in_cib "it is written" "name=\"later$id\" value=\"7\""
    done
    on 2 killall -9 corosync
    wait_for 20 sh -c "! '$here/pcmk_host.sh' --on 1 attrd_updater -n later1 -Q -A | grep -q n2"
    found=$(on 1 attrd_updater -n later1 -Q -A 2>&1)
    case "$found" in
    *n2*) echo "not ok - $what: values of a dead node are forgotten" ;;
    *) echo "ok - $what: values of a dead node are forgotten" ;;
    esac
    exit 0
fi

n=0
run() {
    local output status
    output=$(mktemp)
    "$here/pcmk_host.sh" 2 "$2" "$0" --beside "$1" >"$output" 2>/dev/null
    status=$?
    if [ $status = 77 ]; then
        n=$((n + 1))
        echo "ok $n - $1 # SKIP no namespaces, or no packages of Debian"
    elif [ $status != 0 ]; then
        echo "not ok - $1: the hosts could not be set up (status $status)" >>"$output"
    fi
    while read -r line; do
        case "$line" in
        'ok - '*) n=$((n + 1)); echo "ok $n${line#ok}" ;;
        'not ok - '*) n=$((n + 1)); echo "not ok $n${line#not ok}" ;;
        *) echo "$line" ;;
        esac
    done <"$output"
    rm -f "$output"
}
run 'our manager among Debian daemons' \
    'install_debian; [ $ID = 1 ] && use_ours pacemakerd pacemaker-attrd; true'
run "a node of ours beside one of Debian's" 'if [ $ID = 1 ]; then install_ours; else install_debian; fi'
echo "1..$n"
