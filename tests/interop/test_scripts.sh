#!/usr/bin/env bash
# cibsecret and crm_report on files of their own: secrets are stored and checked,
# a report holds what it should and no secret.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../../tools
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

check() {       # WHAT COMMAND...: it succeeds
    local what=$1
    shift
    n=$((n + 1))
    if "$@" >"$work/out" 2>&1; then
        echo "ok $n - $what"
    else
        echo "not ok $n - $what"
        sed 's/^/#   /' "$work/out"
    fi
}
gives() { [ "$("${@:2}" 2>/dev/null)" = "$1" ]; }
ends() { "${@:2}"; [ $? = "$1" ]; }

if [ "$(id -u)" = 0 ]; then
    export CIBSECRET_DIR=$work/secrets
    check 'a secret is set' "$tools/cibsecret" -C set rsc passwd 'a "secret" $x'
    check 'and read' gives 'a "secret" $x' "$tools/cibsecret" -C get rsc passwd
    check 'only its owner can read the file' gives 600 stat -c %a "$work/secrets/rsc/passwd"
    check 'its hash fits' "$tools/cibsecret" -C check rsc passwd
    echo x >>"$work/secrets/rsc/passwd"
    check 'a changed file does not pass' ends 104 "$tools/cibsecret" -C check rsc passwd
    check 'a missing secret is no object' ends 105 "$tools/cibsecret" -C get rsc other
    check 'no path leads out of the folder' ends 64 "$tools/cibsecret" -C get ../.. etc
    check 'stash needs the CIB' ends 64 "$tools/cibsecret" -C stash rsc passwd
    check 'an unknown command is refused' ends 64 "$tools/cibsecret" frob
    check 'a secret is deleted' "$tools/cibsecret" -C delete rsc passwd
    check 'with its folder' test ! -e "$work/secrets/rsc"
fi

export CRM_REPORT_ROOT=$work/root
state=$CRM_REPORT_ROOT/var/lib/pacemaker
mkdir -p "$state/cib" "$state/pengine" "$CRM_REPORT_ROOT/var/log/pacemaker" "$CRM_REPORT_ROOT/etc/corosync"
cat >"$state/cib/cib.xml" <<'XML'
<cib><configuration><nodes><node id="1" uname="n1"/></nodes><primitive id="p"><instance_attributes id="i">
<nvpair id="1" name="passwd" value="TOPSECRET"/><nvpair id="2" value="TOPSECRET" name="password"/>
<nvpair id="3" name="state" value="shown"/>
<nvpair id="4" name="token" value="TOKEN"/></instance_attributes></primitive></configuration></cib>
XML
bzip2 -c "$state/cib/cib.xml" >"$state/pengine/pe-input-7.bz2"
printf 'totem {\n    cluster_name: shown\n}\npassword: TOPSECRET\n' \
    >"$CRM_REPORT_ROOT/etc/corosync/corosync.conf"
printf '%s\n' "$(date -d '40 days ago' '+%b %e') 10:00:00 n1 old" \
    "$(date '+%b %e %H:%M:%S') n1 ERROR: shown" '  continued' \
    >"$CRM_REPORT_ROOT/var/log/pacemaker/pacemaker.log"
since=$(date -d '1 hour ago' '+%Y-%m-%d %H:%M:%S')
check 'a report is made' "$tools/crm_report" -S -f "$since" -p token "$work/story"
check 'it is one archive with a folder' tar -C "$work" -xjf "$work/story.tar.bz2" story
node=$work/story/$(uname -n)
check 'a stopped cluster is marked' test -e "$node/STOPPED"
check 'the configuration is in it' grep -q 'name="state" value="shown"' "$node/cib.xml"
check 'and that of corosync' grep -q 'cluster_name: shown' "$node/corosync.conf"
check 'the inputs of the scheduler are in it' sh -c "bzip2 -dc '$node/pengine/pe-input-7.bz2' | grep -q shown"
check 'no secret is in it' sh -c \
    "! grep -rE 'TOPSECRET|TOKEN' '$work/story' && ! bzip2 -dc '$node'/pengine/* | grep -E 'TOPSECRET|TOKEN'"
check 'the log has the time asked for' gives 2 sh -c "wc -l <'$node/pacemaker.log'"
check 'readers find the log' test -s "$node/ha-log.txt"
check 'errors are listed' grep -q 'ERROR: shown' "$work/story/analysis.txt"
check 'members are listed' grep -q "$(uname -n)" "$work/story/members.txt"
check 'a folder instead of an archive' "$tools/crm_report" -S -d -f "$since" "$work/open"
check 'with the same content' test -s "$work/open/$(uname -n)/cib.xml"
# stands in for ssh: -l USER NODE COMMAND
printf '#!/bin/sh\nshift 3\nexec sh -c "$*"\n' >"$work/rsh"
chmod +x "$work/rsh"
check 'another node is asked through the command given' "$tools/crm_report" -d -n n9 -e "$work/rsh" -f \
    "$since" "$work/far"
check 'and gives its files' test -s "$work/far/n9/cib.xml"
check 'a start time is needed' ends 64 "$tools/crm_report" -S
check 'a bad time is refused' ends 1 "$tools/crm_report" -S -f yesteryear
echo "1..$n"
