#!/usr/bin/env bash
# A staged installation has every file that Debian's packages have, but for those named in debian_files with a
# reason; units are not enabled; manual pages are well formed; the MIBs and the bus policy can be read.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"
grep -q '^prefix = /usr$' "$top_builddir/Makefile" || {
    echo "1..0 # SKIP configured for another folder than /usr"
    exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
result() {
    local status=$?
    n=$((n + 1))
    if [ $status = 0 ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        sed 's/^/# /' "$work/why" 2>/dev/null | head -30
    fi
    : >"$work/why"
}
make -s -C "$top_builddir" install DESTDIR="$work/root" >"$work/why" 2>&1
result "make install in a folder of its own"
(cd "$work/root" && find . ! -type d) | sed 's|^\./|/|' | sort >"$work/ours"
grep -v '^#' "$here/debian_files" | grep -v ' ! ' | sort >"$work/theirs"
comm -23 "$work/theirs" "$work/ours" >"$work/why"
[ ! -s "$work/why" ]
result "$(wc -l <"$work/theirs") files of Debian's packages are there"
find "$work/root" -path '*.wants/*' >"$work/why"
[ ! -s "$work/why" ]
result "no unit is enabled"
if command -v man >/dev/null && command -v groff >/dev/null; then
    for page in "$work/root"/usr/share/man/man*/*; do
        (cd "$work/root/usr/share/man" &&
            LC_ALL=C.UTF-8 MANROFFSEQ= man --warnings -E UTF-8 -l -Tutf8 -Z "$page") 2>&1 >/dev/null |
            grep -v "can't break line\|cannot adjust line" | sed "s|^|${page##*/}: |"
    done >"$work/why"
    [ ! -s "$work/why" ]
    result "$(ls "$work/root"/usr/share/man/man*/* | wc -l) manual pages are well formed"
else
    n=$((n + 1))
    echo "ok $n - manual pages are well formed # SKIP no man and groff"
fi
if command -v xmllint >/dev/null; then
    xmllint --noout --nonet "$work/root/etc/dbus-1/system.d/corosync-signals.conf" >"$work/why" 2>&1
    result "the bus policy is well formed"
else
    n=$((n + 1))
    echo "ok $n - the bus policy is well formed # SKIP no xmllint"
fi
echo "1..$n"
