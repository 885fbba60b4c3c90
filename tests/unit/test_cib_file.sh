#!/usr/bin/env bash
# CIB_file: who has the file open sees the change through it; a crash in the midst of writing leaves a whole
# file; owner, mode, links and compression stay.
set -u
: "${top_builddir:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CIB_shadow CIB_user CIB_port
export CIB_file=$work/cib.xml PCMK_schema_directory=${PCMK_schema_directory:-$(cd "$top_builddir" && pwd)/xml}
cibadmin=$top_builddir/tools/cibadmin
n=0
result() {
    local status=$?
    n=$((n + 1))
    [ $status = 0 ] && echo "ok $n - $1" || { echo "not ok $n - $1"; ls -la "$work" | sed 's/^/# /'; }
}
change() { # name
    "$cibadmin" -M -c -o crm_config -X \
        "<cluster_property_set id=\"s\"><nvpair id=\"$1\" name=\"$1\" value=\"1\"/></cluster_property_set>"
}
sole() { [ "$(ls -A "$work")" = "$1" ]; }

"$cibadmin" -a >"$CIB_file"
chmod 640 "$CIB_file"
chown 65534:65534 "$CIB_file" 2>/dev/null
before=$(stat -c '%a %u %g' "$CIB_file") inode=$(stat -c %i "$CIB_file")
change a && grep -q 'name="a"' "$CIB_file" && [ "$(stat -c '%a %u %g' "$CIB_file")" = "$before" ] &&
    sole cib.xml
result "a change keeps owner and mode and leaves nothing beside the file"

exec 5<"$CIB_file"
inode=$(stat -c %i "$CIB_file")
change b && grep -q 'name="b"' <&5 && [ "$(stat -c %i "$CIB_file")" = "$inode" ] && sole cib.xml
result "who has the file open reads the change"
exec 5<&-

for i in $(seq 60); do
    echo "<nvpair id=\"long$i\" name=\"long$i\" value=\"$(printf %0200d 0)\"/>"
done >"$work/long"
long="<cluster_property_set id=\"s\">$(cat "$work/long")</cluster_property_set>"
rm "$work/long"
"$cibadmin" -M -c -o crm_config -X "$long"
cp -p "$CIB_file" /tmp/$$.before && mv /tmp/$$.before "$work/before"
(ulimit -f 4 -c 0; change c) >/dev/null 2>&1
[ $? != 0 ] && cmp -s "$CIB_file" "$work/before"
result "killed in the midst of writing: the file is as before"
rm -f "$work"/cib.xml.* "$work/before"

mv "$CIB_file" "$work/real.xml" && ln -s real.xml "$CIB_file"
change d && [ -L "$CIB_file" ] && grep -q 'name="d"' "$work/real.xml"
result "a symbolic link stays one"
rm "$CIB_file" && ln "$work/real.xml" "$CIB_file"
change e && grep -q 'name="e"' "$work/real.xml"
result "all names of a file show the change"
rm "$CIB_file" && bzip2 -c "$work/real.xml" >"$work/cib.xml.bz2"
rm "$work/real.xml"
CIB_file=$work/cib.xml.bz2 change f && bzcat "$work/cib.xml.bz2" | grep -q 'name="f"' && sole cib.xml.bz2
result "a compressed file stays compressed"
echo "1..$n"
