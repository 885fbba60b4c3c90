#!/usr/bin/env bash
# Debian's stonith_admin with our fencer and with Debian's, and our stonith_admin with our fencer: the same
# output, exit statuses and calls of agents.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

if [ "${1-}" = --with ]; then
    cp "$here/../../agents/fence/fence_dummy" /usr/sbin/
    run() {
        echo "> $*"
        if [ "$tool" = ours ]; then
            timeout 240 "$top_builddir/stonith_admin" "$@" 2>&1
        else
            timeout 240 "$here/oracle.sh" --run stonith_admin "$@" 2>&1
        fi
        echo "= $?"
    }
    if [ "$2" = ours ]; then
        "$top_builddir/stonithd/pacemaker-fenced" -s >/dev/null 2>&1 &
    else
        "$here/oracle.sh" --run ../lib/pacemaker/pacemaker-fenced -s >/dev/null 2>&1 &
    fi
    daemon=$!
    tool=debian
    for _ in $(seq 600); do
        run -L | grep -q '^= 0' && break
        sleep 0.1
    done
    tool=$3
    . "$here/fencer_commands.sh"
    echo "> (what agents were asked)"
    cat "$PRIVATE_DIR/fencing"
    kill $daemon
    wait $daemon
    echo "= $?"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/oracle.sh" >/dev/null || { echo "1..0 # SKIP Debian's packages cannot be had"; exit 0; }
for kind in "debian debian" "ours debian" "ours ours"; do
    bash "$here/private.sh" bash "$0" --with $kind >"$work/${kind/ /-}.raw" 2>&1
    if [ $? = 77 ]; then
        echo "1..0 # SKIP needs root and namespaces"
        exit 0
    fi
    # a plug-in library Debian's programs look for and the programs' paths
    sed -E '/^generic plugin load failed/d; s#request="[^ ]*stonith_admin#request="stonith_admin#' \
        "$work/${kind/ /-}.raw" \
        >"$work/${kind/ /-}"
done

python3 - "$work" <<'END'
import sys

def blocks(path):
    found = {}
    order = []
    name, lines = None, []
    for line in open(path, errors="replace"):
        if line.startswith("> "):
            name = line[2:].strip()
            while name in found:
                name += " (again)"
            found[name] = []
            order.append(name)
        elif name is not None:
            found[name].append(line)
    # devices are listed in no certain order
    return order, {n: sorted(l) if "-L" in n.split() or "-l" in n.split() else l for n, l in found.items()}

order, reference = blocks(sys.argv[1] + "/debian-debian")
print(f"1..{2 * len(order)}")
n = 0
for kind in ("ours-debian", "ours-ours"):
    _, mine = blocks(sys.argv[1] + "/" + kind)
    for name in order:
        n += 1
        same = mine.get(name) == reference[name]
        result = "ok" if same else "not ok"
        print(result, n, "-", kind.replace("-", " fencer, "), "tool: stonith_admin", name.replace("#", " "))
        if not same:
            print("".join("#   ours:   " + l.rstrip() + "\n" for l in mine.get(name, [])) +
                  "".join("#   Debian: " + l.rstrip() + "\n" for l in reference[name]), end="")
END
