#!/usr/bin/env bash
# Two nodes that fence on each other's behalf: two of ours, and one of ours with one of Debian's either way,
# do what two of Debian's do. The nodes are network namespaces with Debian's corosync.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

# ---- one node ----
if [ "${1-}" = --node ]; then
    n=$2 kind=$3 shared=$PRIVATE_DIR
    for folder in /run /dev/shm /var/lib/corosync /var/log /etc/corosync; do
        mkdir -p $folder
        mount -t tmpfs tmpfs $folder
    done
    mkdir -p /var/log/pacemaker
    cat >/etc/corosync/corosync.conf <<END
totem {
    version: 2
    cluster_name: test
    transport: udpu
}
nodelist {
    node {
        ring0_addr: 10.9.0.1
        name: n1
        nodeid: 1
    }
    node {
        ring0_addr: 10.9.0.2
        name: n2
        nodeid: 2
    }
}
quorum {
    provider: corosync_votequorum
    two_node: 1
}
logging {
    to_stderr: yes
    to_syslog: no
}
END
    run() {
        echo "> $*"
        timeout 240 "$here/oracle.sh" --run stonith_admin "$@" 2>&1
        echo "= $?"
    }
    together() {
        touch "$shared/sync.$n.$1"
        for _ in $(seq 2400); do
            [ ! -e "$shared/sync.$((3 - n)).$1" ] || return
            sleep 0.1
        done
        echo "the other node did not come to '$1'"
    }
    "$here/oracle.sh" --run corosync -f >"$shared/corosync$n" 2>&1 &
    corosync=$!
    for _ in $(seq 1200); do
        grep -q 'Members\[2\]: 1 2' "$shared/corosync$n" 2>/dev/null && break
        sleep 0.1
    done
    if [ "$kind" = ours ]; then
        "$top_builddir/stonithd/pacemaker-fenced" -c >/dev/null 2>&1 &
    else
        "$here/oracle.sh" --run ../lib/pacemaker/pacemaker-fenced -c >/dev/null 2>&1 &
    fi
    fencer=$!
    for _ in $(seq 600); do
        run -L | grep -q '^= 0' && break
        sleep 0.1
    done
    for _ in $(seq 600); do
        there=$("$here/oracle.sh" --run corosync-cpgtool | grep -A3 '^stonith-ng' | grep -c '10[.]9[.]0[.]')
        [ "$there" = 2 ] && break
        sleep 0.1
    done
    together start
    sleep 1
    . "$here/fencer_peers_commands.sh"
    together end
    kill -9 $fencer $corosync
    exit 0
fi

# ---- both ----
if [ "${1-}" = --pair ]; then
    cp "$here/../../agents/fence/fence_dummy" /usr/sbin/
    ip netns add n1 && ip netns add n2 || exit 77
    ip link add v1 netns n1 type veth peer name v2 netns n2 || exit 77
    for n in 1 2; do
        ip -n n$n addr add 10.9.0.$n/24 dev v$n
        ip -n n$n link set lo up
        ip -n n$n link set v$n up
    done
    for n in 1 2; do
        kind=$2
        [ $n = 1 ] || kind=$3
        ip netns exec n$n unshare -m --propagation private \
            bash "$0" --node $n "$kind" >"$PRIVATE_DIR/node$n" 2>&1 &
    done
    wait
    for n in 1 2; do
        sed "s/^> /> n$n: /" "$PRIVATE_DIR/node$n"
        echo "> n$n: (what agents were asked)"
        cat "$PRIVATE_DIR/agents$n"
    done
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/oracle.sh" >/dev/null || { echo "1..0 # SKIP Debian's packages cannot be had"; exit 0; }
for pair in "debian debian" "ours ours" "ours debian" "debian ours"; do
    timeout 800 bash "$here/private.sh" bash "$0" --pair $pair >"$work/${pair/ /-}.raw" 2>&1
    if [ $? = 77 ]; then
        echo "1..0 # SKIP needs root and namespaces"
        exit 0
    fi
    sed -E "/^generic plugin load failed/d
            s/(stonith_admin|pacemaker-fenced)\.[0-9]+/\1.PID/; s/'20[^']*'/'TIME'/" \
        "$work/${pair/ /-}.raw" >"$work/${pair/ /-}"
done

python3 - "$work" <<'END'
import sys

def blocks(path):
    found, order, name = {}, [], None
    for line in open(path, errors="replace"):
        if line.startswith("> "):
            name = line[2:].strip()
            while name in found:
                name += " (again)"
            found[name] = []
            order.append(name)
        elif name is not None:
            found[name].append(line)
    # events of the same second come in no certain order
    return order, {n: sorted(l) if "-H" in n.split() else l for n, l in found.items()}

order, reference = blocks(sys.argv[1] + "/debian-debian")
print(f"1..{3 * len(order)}")
n = 0
for pair in ("ours-ours", "ours-debian", "debian-ours"):
    _, mine = blocks(sys.argv[1] + "/" + pair)
    for name in order:
        n += 1
        same = mine.get(name) == reference[name]
        print("ok" if same else "not ok", n, "-", pair + ": " + name.replace("#", " "))
        if not same:
            print("".join("#   got:      " + l.rstrip() + "\n" for l in mine.get(name, [])) +
                  "".join("#   expected: " + l.rstrip() + "\n" for l in reference[name]), end="")
END
