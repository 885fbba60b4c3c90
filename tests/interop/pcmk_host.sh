#!/usr/bin/env bash
# Hosts of their own for tests with pacemaker's daemons: an overlay over this machine's root with a stack
# installed, in network, mount and process namespaces. Nothing on this machine changes, nothing leaves it.
#
#   pcmk_host.sh COUNT SETUP COMMAND [ARGUMENT...]
#
# Runs COMMAND beside COUNT (1 or 2) hosts n1 (10.99.0.1) and n2 (10.99.0.2). SETUP is a bash command line
# that is evaluated in each host's namespaces before, with $ROOT (the host's root) and $ID (1 or 2); it may
# call
#   install_debian    Debian's stack, from packages, not installed by dpkg
#   install_ours      ours, from the build tree
#   use_debian DAEMON...  /  use_ours DAEMON...      exchange single daemons ("corosync", ...)
# COMMAND has in its environment $HOSTS and reaches a host with `"$0" --on ID PROGRAM ...` or, when it sources
# this file, `on ID PROGRAM ...`. The status is the command's; 77 when there can be no such hosts.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# on ID PROGRAM [ARGUMENT...]: run a program in a host, at most ${LIMIT:-60} seconds
on() {
    timeout "${LIMIT:-60}" nsenter -t "$(cat "$HOSTS/$1.pid")" -n -m -p \
        chroot "$HOSTS/$1/root" "${@:2}" </dev/null
}

# started ID: corosync and pacemaker, without waiting
started() {
    nsenter -t "$(cat "$HOSTS/$1.pid")" -n -m -p chroot "$HOSTS/$1/root" \
        bash -c 'ulimit -c 0
                 corosync -f >/dev/null 2>&1 &
                 for i in $(seq 300); do
                     corosync-cmapctl totem.version >/dev/null 2>&1 && break
                     sleep 0.1
                 done
                 pacemakerd >/dev/null 2>&1 &' </dev/null >/dev/null 2>&1 &
}

# wait_for SECONDS COMMAND...: until it succeeds; four times as long, as the machine may be busy
wait_for() {
    local tries=$(($1 * 16))
    shift
    for _ in $(seq "$tries"); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.25
    done
    return 1
}

install_debian() {
    local oracle
    oracle=$("$here/oracle.sh") && [ -n "$oracle" ] || exit 77
    cp -a "$oracle/usr/." "$ROOT/usr/"
    [ ! -d "$oracle/lib" ] || cp -a --update=none "$oracle/lib/." "$ROOT/usr/lib/" 2>/dev/null ||
        cp -an "$oracle/lib/." "$ROOT/usr/lib/"
    chroot "$ROOT" ldconfig
}

install_ours() {
    local oracle
    cp -a "$HOSTS/stage/usr/." "$ROOT/usr/"
    # Debian's libraries and programs stay reachable for use_debian and as /opt/debian
    if oracle=$("$here/oracle.sh") && [ -n "$oracle" ]; then
        mkdir -p "$ROOT/opt/debian"
        cp -a "$oracle/usr/sbin" "$oracle/usr/lib/pacemaker" "$ROOT/opt/debian/"
        cp -an "$oracle/usr/lib/." "$ROOT/usr/lib/"
        [ ! -d "$oracle/lib" ] || cp -an "$oracle/lib/." "$ROOT/usr/lib/"
    fi
    chroot "$ROOT" ldconfig
}

use_debian() {
    local oracle daemon
    oracle=$("$here/oracle.sh") || exit 77
    for daemon in "$@"; do
        if [ -e "$oracle/usr/sbin/$daemon" ]; then
            cp -a "$oracle/usr/sbin/$daemon" "$ROOT/usr/sbin/"
        else
            cp -a "$oracle/usr/lib/pacemaker/$daemon" "$ROOT/usr/lib/pacemaker/"
        fi
    done
}

use_ours() {
    local daemon
    for daemon in "$@"; do
        if [ -e "$HOSTS/stage/usr/sbin/$daemon" ]; then
            cp -a "$HOSTS/stage/usr/sbin/$daemon" "$ROOT/usr/sbin/"
        else
            cp -a "$HOSTS/stage/usr/lib/pacemaker/$daemon" "$ROOT/usr/lib/pacemaker/"
        fi
    done
}

write_configuration() {
    mkdir -p "$ROOT/etc/corosync" "$ROOT"/var/lib/{corosync,pacemaker/{cib,pengine,cores,blackbox}} \
        "$ROOT"/var/log/{corosync,pacemaker}
    grep -q ^haclient: "$ROOT/etc/group" || echo haclient:x:989: >>"$ROOT/etc/group"
    grep -q ^hacluster: "$ROOT/etc/passwd" ||
        echo hacluster:x:989:989::/var/lib/pacemaker:/usr/sbin/nologin >>"$ROOT/etc/passwd"
    chroot "$ROOT" chown -R hacluster:haclient /var/lib/pacemaker /var/log/pacemaker
    {
        echo 'totem { version: 2; cluster_name: test; transport: udpu; token: 1000;' \
            'crypto_cipher: none; crypto_hash: none; }' |
            tr ';' '\n' | sed 's/{ /{\n/; s/}/\n}/'
        echo 'nodelist {'
        for i in $(seq "$COUNT"); do
            printf 'node {\nring0_addr: 10.99.0.%d\nname: n%d\nnodeid: %d\n}\n' "$i" "$i" "$i"
        done
        printf '}\nquorum {\nprovider: corosync_votequorum\nexpected_votes: %d\n' "$COUNT"
        [ "$COUNT" = 2 ] && printf 'two_node: 1\nwait_for_all: 0\n'
        printf '}\nlogging {\nto_logfile: yes\nlogfile: /var/log/corosync/corosync.log\nto_syslog: no\n}\n'
    } >"$ROOT/etc/corosync/corosync.conf"
    # no long wait for other controllers at the start
    cat >"$ROOT/var/lib/pacemaker/cib/cib.xml" <<'END'
<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0">
<configuration><crm_config><cluster_property_set id="cib-bootstrap-options">
<nvpair id="o1" name="dc-deadtime" value="2s"/><nvpair id="o2" name="stonith-enabled" value="false"/>
</cluster_property_set></crm_config><nodes/><resources/><constraints/></configuration><status/></cib>
END
    chroot "$ROOT" chown hacluster:haclient /var/lib/pacemaker/cib/cib.xml
    chmod 600 "$ROOT/var/lib/pacemaker/cib/cib.xml"
}

# Inside a host's namespaces: build its root, then stay.
host() {
    ID=$1 COUNT=$2 SETUP=$3
    ROOT=$HOSTS/$ID/root
    export ID ROOT
    mkdir -p "$HOSTS/$ID"/{upper,work,root}
    mount -t overlay overlay -o "lowerdir=/,upperdir=$HOSTS/$ID/upper,workdir=$HOSTS/$ID/work" "$ROOT" ||
        exit 77
    mount -t proc proc "$ROOT/proc"
    mount --rbind /sys "$ROOT/sys"
    mount --rbind /dev "$ROOT/dev"
    mount -t tmpfs tmpfs "$ROOT/dev/shm"
    mount -t tmpfs tmpfs "$ROOT/run"
    ip link set lo up
    while ! ip link show "v$ID" >/dev/null 2>&1; do sleep 0.1; done
    ip addr add "10.99.0.$ID/24" dev "v$ID" && ip link set "v$ID" up
    (eval "$SETUP") || exit
    write_configuration
    touch "$HOSTS/$ID.ready"
    sleep infinity
}

outer() {
    local count=$1 setup=$2 pid child status=0
    shift 2
    mount -t proc proc /proc && mkdir -p "$HOSTS" && mount -t tmpfs tmpfs "$HOSTS" || exit 77
    ip link set lo up
    # installing links libraries anew, which other tests use meanwhile: it happens in a copy of the build tree
    mkdir "$HOSTS/built" "$HOSTS/built.work"
    mount -t overlay overlay -o "lowerdir=${top_builddir:?},upperdir=$HOSTS/built,workdir=$HOSTS/built.work" \
        "$top_builddir" || exit 77
    make -s -C "$top_builddir" install DESTDIR="$HOSTS/stage" >"$HOSTS/install.log" 2>&1 || {
        sed 's/^/# /' "$HOSTS/install.log" | tail -5
        exit 99
    }
    for i in $(seq "$count"); do
        unshare -n -m -p -f --kill-child --propagation private "$here/pcmk_host.sh" --host "$i" "$count" \
            "$setup" &
        pid=$!
        child=
        while [ -z "$child" ]; do
            kill -0 "$pid" 2>/dev/null || exit 77
            read -r child _ <"/proc/$pid/task/$pid/children"
        done
        echo "$child" >"$HOSTS/$i.pid"
    done
    if [ "$count" = 2 ]; then
        ip link add v1 type veth peer name v2
        ip link set v1 netns "$(cat "$HOSTS/1.pid")"
        ip link set v2 netns "$(cat "$HOSTS/2.pid")"
    else
        ip link add v1 type veth peer name w1
        ip link set w1 up
        ip link set v1 netns "$(cat "$HOSTS/1.pid")"
    fi
    for i in $(seq "$count"); do
        for _ in $(seq 2400); do
            [ -e "$HOSTS/$i.ready" ] && break
            kill -0 "$(cat "$HOSTS/$i.pid")" 2>/dev/null || exit 77
            sleep 0.1
        done
    done
    "$@" || status=$?
    return $status
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -u
    export HOSTS=${HOSTS:-/run/quorate-test-hosts}
    case "${1-}" in
    --host) shift; host "$@" ;;
    --outer) shift; outer "$@" ;;
    --on) shift; on "$@" ;;
    *)
        [ "$(id -u)" = 0 ] && unshare -n -m -p -f true 2>/dev/null || exit 77
        exec unshare -n -m -p -f --kill-child --propagation private "$here/pcmk_host.sh" --outer "$@"
        ;;
    esac
fi
