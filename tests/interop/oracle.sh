#!/usr/bin/env bash
# Unpacks Debian's corosync and pacemaker in a folder of their own (they are not installed) and prints its
# path. Tests run their programs with tests/interop/oracle.sh --run PROGRAM [ARGUMENT...]. Prints nothing and
# exits with 77 (skip) when the packages cannot be had.
set -eu
root=${QUORATE_ORACLE:-/var/cache/quorate-lab/oracle}
packages="corosync pacemaker pacemaker-cli-utils
 libcpg4 libcmap4 libcfg7 libquorum5 libvotequorum8 libsam4 libcorosync-common4
 libcib27 libcrmcluster29 libcrmcommon34 libcrmservice28 liblrmd28
 libpacemaker1 libpe-rules26 libpe-status28 libstonithd26
 libqb100 libknet1 libnozzle1 pacemaker-common pacemaker-resource-agents corosync-qdevice
 libplumb2 libpils2 libplumbgpl2 liblrm2 libstonith1 libltdl7 libnl-3-200 libnl-route-3-200 libstatgrab10
 corosync-notifyd libqb-tools libsnmp40 libsensors5"

multiarch=$(gcc -print-multiarch 2>/dev/null || dpkg-architecture -qDEB_HOST_MULTIARCH)
if [ ! -x "$root/usr/sbin/crm_mon" ]; then
    # one test at a time, and nobody sees half of it
    mkdir -p "${root%/*}"
    exec 9>"$root.lock"
    flock 9
fi
if [ ! -x "$root/usr/sbin/crm_mon" ]; then
    work=$(mktemp -d) new=$root.new
    trap 'rm -rf "$work" "$new"' EXIT
    for p in $packages; do
        # a library's package name may differ between point releases; a missing one shows when a program runs
        (cd "$work" && apt-get -q download "$p" >/dev/null 2>&1) || true
    done
    rm -rf "$new" && mkdir -p "$new"
    for deb in "$work"/*.deb; do
        [ -e "$deb" ] || exit 77
        dpkg-deb -x "$deb" "$new" </dev/null
    done
    rm -rf "$root" && mv "$new" "$root"
    trap - EXIT
    rm -rf "$work"
fi
exec 9>&-
if [ "${1-}" = --run ]; then
    shift
    program=$1
    shift
    export LD_LIBRARY_PATH="$root/usr/lib/$multiarch:$root/lib/$multiarch:$root/usr/lib" \
        PCMK_schema_directory="$root/usr/share/pacemaker"
    exec "$root/usr/sbin/$program" "$@"
fi
echo "$root"
