#!/usr/bin/env bash
# Runs a command in namespaces of its own: no network but loopback, own processes, and an overlay on the
# folders that agents and daemons use, so that nothing is left behind. Status 77 when that is not possible
# here.
#
#   private.sh COMMAND [ARGUMENT...]
set -u
if [ "${1-}" != --inside ]; then
    [ "$(id -u)" = 0 ] && unshare -n -m -p -f true 2>/dev/null || exit 77
    exec unshare -n -m -p -f --mount-proc --propagation private --kill-child bash "$0" --inside "$@"
fi
shift
ip link set lo up
work=$(mktemp -d)
mount -t tmpfs tmpfs "$work" || exit 77
trap 'umount -l "$work"; rmdir "$work"' EXIT
for folder in usr/lib usr/sbin etc var; do
    mkdir -p "$work/$folder/upper" "$work/$folder/work"
    mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$work/$folder/upper,workdir=$work/$folder/work" \
        "/$folder" || exit 77
done
mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm || exit 77
grep -q '^haclient:' /etc/group || echo 'haclient:x:189:' >>/etc/group
grep -q '^hacluster:' /etc/passwd || echo 'hacluster:x:189:189::/:/bin/false' >>/etc/passwd
mkdir -p /var/lib/pacemaker/cores /var/lib/pacemaker/blackbox /var/log/pacemaker \
    /usr/lib/ocf/resource.d/test /var/lib/private-test
export PRIVATE_DIR=/var/lib/private-test
"$@"
