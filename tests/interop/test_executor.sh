#!/usr/bin/env bash
# Our executor and Debian's are given the same requests by our client:
# replies and notifications are the same, but for times.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

if [ "${1-}" = --with ]; then
    agents=/usr/lib/ocf/resource.d/test
    cp "$here/executor_agent" $agents/agent
    cp "$here/executor_agent" $agents/notexec
    chmod -x $agents/notexec
    printf '#!/nonexistent/interpreter\n' >$agents/nointerpreter
    chmod +x $agents/nointerpreter
    mkdir -p $agents/folder /etc/init.d
    printf '#!/bin/sh\ncase $1 in status) exit 3 ;; start) exit 0 ;; esac\nexit 6\n' >/etc/init.d/testscript
    chmod +x /etc/init.d/testscript
    cp "$here/../../agents/fence/fence_dummy" /usr/sbin/
    if [ "$2" = ours ]; then
        "$top_builddir/stonithd/pacemaker-fenced" -s >/dev/null 2>&1 &
        fencer=$!
        "$top_builddir/lrmd/pacemaker-execd" >/dev/null 2>&1 &
    else
        "$here/oracle.sh" --run ../lib/pacemaker/pacemaker-fenced -s >/dev/null 2>&1 &
        fencer=$!
        "$here/oracle.sh" --run ../lib/pacemaker/pacemaker-execd >/dev/null 2>&1 &
    fi
    daemon=$!
    for _ in $(seq 600); do
        echo 'connect wait' | "$top_builddir/tests/interop/lrmd_probe" | grep -q ': 0' && break
        sleep 0.1
    done
    timeout 400 "$top_builddir/tests/interop/lrmd_probe" <"$here/executor.scenario"
    kill -TERM $daemon
    wait $daemon
    echo "daemon ends with $?"
    kill $fencer
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/oracle.sh" >/dev/null || { echo "1..0 # SKIP Debian's packages cannot be had"; exit 0; }
for kind in ours debian; do
    bash "$here/private.sh" bash "$0" --with $kind >"$work/$kind.raw" 2>&1
    if [ $? = 77 ]; then
        echo "1..0 # SKIP needs root and namespaces"
        exit 0
    fi
    # times differ, call ids begin elsewhere (one more client waited for the start),
    # attributes come in hash order
    sed -E 's/(lrmd_(run|rcchange)_time)="[1-9][0-9]+"/\1="T"/g
            s/(lrmd_exec_time|lrmd_queue_time)="-?[0-9]+"/\1="N"/g
            s/lrmd_origin="[a-z_]*"//; s/lrmd_callid="[0-9]+"//
            s/^(exec .*): [0-9]+$/\1: started/; s/PCMK_service=[a-z-]*//' \
        "$work/$kind.raw" | python3 -c '
import re, sys
for line in sys.stdin:
    in_order = lambda m: "<attributes " + " ".join(sorted(m.group(1).split()))
    print(re.sub(r"<attributes ([^/>]*)", in_order, line), end="")
' >"$work/$kind"
done

# one test a command: what was printed until its result
python3 - "$work/ours" "$work/debian" <<'END'
import sys

def blocks(path):
    found, current = [], []
    for line in open(path, errors="replace"):
        current.append(line)
        about = line.startswith(("event ", "info ", "recurring "))
        if not about or ": " in line and line.startswith(("info ", "recurring")):
            found.append("".join(current))
            current = []
    return found + (["".join(current)] if current else [])

ours, theirs = blocks(sys.argv[1]), blocks(sys.argv[2])
count = max(len(ours), len(theirs))
print(f"1..{count}")
for i in range(count):
    a = ours[i] if i < len(ours) else ""
    b = theirs[i] if i < len(theirs) else ""
    name = (a or b).strip().split("\n")[-1].replace("#", " ")
    print(("ok" if a == b else "not ok"), i + 1, "-", name)
    if a != b:
        print("".join("#   ours:   " + l + "\n" for l in a.splitlines()), end="")
        print("".join("#   Debian: " + l + "\n" for l in b.splitlines()), end="")
END
