#!/usr/bin/env bash
# Runs one corosync daemon in network and mount namespaces of its own, then a command beside it.
#
#   corosync_node.sh ours|debian CONFIGURATION COMMAND [ARGUMENT...]
#
# The command finds the daemon's log in $NODE_DIR/log and its process id in $NODE_PID. The status is the
# command's; 77 when there can be no namespaces or Debian's daemon cannot be had.
# Debian's programs are those of oracle.sh.
set -u
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1-}" = --inside ]; then
    shift
    kind=$1 configuration=$2
    shift 2
    ip link set lo up
    mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm || exit 77
    export NODE_DIR=/run/node
    mkdir -p $NODE_DIR/state
    { cat "$configuration"; printf 'system {\n state_dir: %s/state\n}\n' $NODE_DIR; } >$NODE_DIR/corosync.conf
    if [ "$kind" = ours ]; then
        "${top_builddir:?}/corosync/engine/corosync" -f -c $NODE_DIR/corosync.conf >$NODE_DIR/log 2>&1 &
    else
        "$here/oracle.sh" --run corosync -f -c $NODE_DIR/corosync.conf >$NODE_DIR/log 2>&1 &
    fi
    export NODE_PID=$!
    for _ in $(seq 1200); do
        grep -q 'ready to provide service' $NODE_DIR/log && break
        kill -0 $NODE_PID 2>/dev/null || break
        sleep 0.1
    done
    if ! grep -q 'ready to provide service' $NODE_DIR/log; then
        echo "# the $kind daemon did not start:"
        sed 's/^/#   /' $NODE_DIR/log
    fi
    "$@"
    status=$?
    kill $NODE_PID 2>/dev/null
    wait $NODE_PID
    exit $status
fi
[ "$(id -u)" = 0 ] && unshare -n -m true 2>/dev/null || exit 77
if [ "$1" = debian ]; then
    "$here/oracle.sh" >/dev/null || exit 77
fi
exec unshare -n -m --propagation private --kill-child -f -p --mount-proc bash "$0" --inside "$@"
