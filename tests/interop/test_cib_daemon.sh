#!/usr/bin/env bash
# pacemaker-based by itself: our tools and Debian's as its clients, damaged requests and files, loss of the
# process at any time. Runs in namespaces of its own. Speaks TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"
top_builddir=$(cd "$top_builddir" && pwd)
export top_builddir

if [ "${1-}" != --inside ]; then
    if [ "$(id -u)" != 0 ] || ! unshare -n -m true 2>/dev/null; then
        echo "1..0 # SKIP needs root and namespaces"
        exit 0
    fi
    exec unshare -n -m -p -f --mount-proc --kill-child --propagation private bash "$0" --inside
fi

ip link set lo up
mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm || exit 99
work=/run/work
mkdir -p $work/cib /run/crm
for file in passwd group; do
    grep -v '^hacluster:\|^haclient:' /etc/$file >$work/$file
done
echo 'hacluster:x:189:189::/:/usr/sbin/nologin' >>$work/passwd
echo 'haclient:x:189:' >>$work/group
mount --bind $work/passwd /etc/passwd && mount --bind $work/group /etc/group || exit 99
mkdir -p /var/log/pacemaker /var/lib/pacemaker
mount -t tmpfs tmpfs /var/lib/pacemaker
mkdir -p /var/lib/pacemaker/cores /var/lib/pacemaker/cib
chown -R hacluster:haclient $work/cib /var/lib/pacemaker
export PCMK_schema_directory=$top_builddir/xml PCMK_logfile=$work/log
unset CIB_file CIB_shadow

number=0
result() { # name; the status before decides
    local status=$?
    number=$((number + 1))
    if [ $status = 0 ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        tail -n 5 $work/log | sed 's/^/#   /'
    fi
}

ours() { "$top_builddir/tools/cibadmin" "$@"; }
theirs() { "$here/oracle.sh" --run cibadmin "$@"; }
have_theirs=false
"$here/oracle.sh" >/dev/null 2>&1 && have_theirs=true

start() {
    "$top_builddir/cib/pacemaker-based" -s -r $work/cib &
    daemon=$!
    for _ in $(seq 1200); do
        ours -Q >/dev/null 2>&1
        case $? in
        0 | 78) return 0 ;;             # 78: the configuration is invalid
        esac
        kill -0 $daemon 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}
stop() { # signal
    kill -"$1" $daemon
    wait $daemon 2>/dev/null
}

echo "1..15"
start
result "starts without a configuration"

ours -C -o resources -X '<primitive id="a" class="ocf" provider="p" type="t"/>' &&
    [ "$(ours -Q -A //primitive -e)" = "/cib/configuration/resources/primitive[@id='a']" ]
result "a change is made and seen"

"$top_builddir/cib/pacemaker-based" -s -r $work/cib
result "a second daemon ends at once"

# ---- the same requests by both tools ----
compare() {
    local -a request
    local status_ours status_theirs
    while IFS= read -r line; do
        eval "request=($line)"
        ours "${request[@]}" >$work/ours 2>/dev/null
        status_ours=$?
        theirs "${request[@]}" >$work/theirs 2>/dev/null
        status_theirs=$?
        if [ $status_ours != $status_theirs ] || ! cmp -s $work/ours $work/theirs; then
            echo "#   $line: $status_ours, Debian's $status_theirs"
            return 1
        fi
    done <<'REQUESTS'
-Q
-Q -o resources
-Q -n
-Q -A '//primitive'
-Q -A '//nothing'
-Q -l -s
-C -o resources -X '<primitive id="a" class="ocf" provider="p" type="t"/>'
-s -C -o resources -X '<primitive id="a" class="ocf" provider="p" type="t"/>'
-M -X '<primitive id="nobody"/>'
-R -X '<cib admin_epoch="0" epoch="0" num_updates="0"/>'
-D -X '<primitive id="nobody"/>'
-D
-B -E
-u -f
-P -X '<diff format="2"><version><source epoch="0"/><target epoch="1"/></version></diff>'
REQUESTS
}
if $have_theirs; then
    compare
    result "Debian's cibadmin gets what ours gets"
    before=$(ours -Q | head -1)
    theirs -M -c -o nodes -X '<node id="1" uname="one"/>' && theirs -s -M -X '<node id="1" uname="two"/>' &&
        [ "$(ours -Q -A '//node[@uname="two"]' -e)" = "/cib/configuration/nodes/node[@id='1']" ] &&
        [ "$before" != "$(ours -Q | head -1)" ]
    result "Debian's cibadmin changes the configuration"
    [ "$(theirs --md5-sum -x $work/cib/cib.xml 2>/dev/null)" = "$(cat $work/cib/cib.xml.sig)" ]
    result "the signature on disk is what Debian's tool computes"
else
    for name in requests changes signature; do
        number=$((number + 1))
        echo "ok $number - $name # SKIP Debian's packages cannot be had"
    done
fi

# ---- damaged requests ----
raw() { timeout 240 "$top_builddir/tests/interop/ipc_raw" "$1" 2>&1; }
big=$(head -c 70000 /dev/zero | tr '\0' x)
data() { echo "<cib_calldata>$1</cib_calldata></cib_command>"; }
raw cib_rw >$work/raw <<REQUESTS
<cib_command t="cib" cib_op="register" cib_clientname="raw" cib_callopt="4096"/>
!<x/>
!<cib_command/>
!<cib_command cib_op="nonsense" cib_callid="1"/>
!<cib_command cib_op="cib_modify" cib_callid="1" cib_callopt="0"/>
!<cib_command cib_op="cib_modify" cib_callid="x" cib_callopt="y" cib_section="//[">$(data '')
!<cib_command cib_op="cib_replace" cib_callid="1" cib_callopt="0">$(data '<cib epoch="-1"/>')
!<cib_command cib_op="cib_delete" cib_callid="1" cib_callopt="6" cib_section="/"/>
!<cib_command cib_op="cib_apply_diff" cib_callid="1" cib_callopt="0">$(data '<diff format="7"/>')
!<cib_command cib_op="cib_query" cib_callid="$big" cib_callopt="0" cib_section="$big"/>
!<cib_command cib_op="cib_notify" cib_notify_type="$big"/>
<cib-callback cib_op="cib_notify" cib_notify_type="no_such" cib_notify_activate="1"/>
<cib-callback cib_op="cib_notify" cib_notify_type="cib_diff_notify" cib_notify_activate="1"/>
!<cib_command t="cib" cib_op="cib_bump" cib_callid="7" cib_callopt="0"/>
<cib_command t="cib" cib_op="cib_query" cib_callid="8" cib_callopt="4096" cib_section="nodes"/>
REQUESTS
kill -0 $daemon && ours -Q >/dev/null
result "damaged requests do no harm"
grep -q '^-> [0-9]* <[^>]*cib_op="register" cib_clientid="' $work/raw && grep -q 'status="2"' $work/raw &&
    grep -q 'status="0"' $work/raw
result "registration and subscription are answered"
grep -q '^event <notify t="cib_notify" subt="cib_diff_notify" cib_op="cib_bump" cib_rc="0"' $work/raw &&
    grep -q '^event <cib-reply .*cib_callid="7"' $work/raw
result "events: reply and notification of a change"
echo '<cib_command t="cib" cib_op="cib_erase" cib_callid="1" cib_callopt="4096"/>' | raw cib_ro |
    grep -q 'cib_rc="-13"'
result "the unprivileged channel cannot change anything"

# ---- losing the process ----
lost=
for i in $(seq 12); do
    ours -C -o resources -X "<primitive id=\"k$i\" class=\"ocf\" provider=\"p\" type=\"t\"/>" ||
        lost="$lost refused:$i"
    stop KILL
    start || lost="$lost start:$i"
    ours -Q -A "//primitive[@id='k$i']" >/dev/null || lost="$lost $i"
done
[ -z "$lost" ]
result "what was acknowledged is there after kill -9${lost:+ (lost:$lost)}"

# ---- damaged files ----
stop TERM
result "ends when told to"
echo '<cib epoch="99"' >$work/cib/cib.xml
start && ours -Q -A "//primitive[@id='k11']" >/dev/null && ls $work/cib/cib.auto.* >/dev/null
result "a damaged file is set aside, the version before is used"
stop TERM
sed -i 's/class="ocf"/class="nonsense"/' $work/cib/cib.xml
rm -f $work/cib/cib.xml.sig
start
ours -Q >$work/ours 2>&1
[ $? = 78 ]
result "an invalid configuration is shown but not used"
stop TERM
rm -rf $work/cib
"$top_builddir/cib/pacemaker-based" -s -r $work/cib
[ $? = 100 ]
result "without its directory it does not start"
