#!/usr/bin/env bash
# attrd_updater, crm_node, crmadmin and pacemakerd: ours print what Debian's print,
# with our daemons and with Debian's.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${top_builddir:?}"

# ---- beside a host ----
if [ "${1-}" = --beside ]; then
    . "$here/pcmk_host.sh"
    kind=$2
    work=$HOSTS/out
    mkdir -p "$work"

    # values of several nodes come in any order; times change
    normalize() {
        sed -i -E 's/last_updated="[^"]*"/last_updated=""/; s/last updated [^)]*/last updated/
            s#request="/[a-z/]*/#request="#' "$1"
        sort -o "$1.sorted" "$1"
    }

    # same WHICH TOOL ARGUMENT...: both tools give the same output, errors and status
    same() {
        on 1 "/opt/theirs/$@" >"$work/theirs" 2>&1
        echo "status $?" >>"$work/theirs"
        on 1 "/opt/ours/$@" >"$work/ours" 2>&1
        echo "status $?" >>"$work/ours"
        normalize "$work/theirs"
        normalize "$work/ours"
        if diff "$work/theirs.sorted" "$work/ours.sorted" >"$work/diff"; then
            echo "ok - $kind daemons: $*"
        else
            echo "not ok - $kind daemons: $*"
            sed 's/^/#   /' "$work/diff"
        fi
    }

    # attributes_set: what was asked of the attribute manager so far is done:
    # it takes changes one after the other
    changes=0
    attributes_set() {
        changes=$((changes + 1))
        on 1 /opt/ours/attrd_updater -n changes -U $changes -p
        wait_for 10 sh -c "'$here/pcmk_host.sh' --on 1 /opt/ours/attrd_updater -n changes -Q |
            grep -q 'value=\"$changes\"'"
    }

    # expect WHAT TEXT COMMAND...: our tool's output is TEXT
    expect() {
        local found
        found=$(on 1 "${@:3}" 2>&1)
        if [ "$found" = "$2" ]; then
            echo "ok - $kind daemons: $1"
        else
            printf '%s\n' "not ok - $kind daemons: $1" "$found" | sed '2,$s/^/#   /'
        fi
    }

    started 1
    wait_for 60 sh -c "$0 --idle" || {
        echo "not ok - $kind daemons: a controller is elected"
        on 1 tail -20 /var/log/pacemaker/pacemaker.log | sed 's/^/#   /'
        exit 0
    }
    echo "ok - $kind daemons: a controller is elected"
    for options in -D '-D -q' '-D --output-as=xml' '-S n1' '-S n1 -q' '-S n1 --output-as=xml' -P '-P -q' \
        '-P --output-as=xml' -N '-N --output-as=xml' '-N all' '-N cluster' '-N guest' \
        '-N remote --output-as=xml' '-N -B' '-q -N' '-N --text-fancy' \
        '-D --output-as=pdf' '' -Z -S '-S nobody -t 1' --version -H; do
        same crmadmin $options
    done
    for options in -l -i -n -p -q '-N 1' '-N 7' '-N foo' '-Q -n' '-R n9' -Z -N --version; do
        same crm_node $options
    done
    expect 'set a value' '' /opt/ours/attrd_updater -n a -U 1
    attributes_set
    expect 'query it' 'name="a" host="n1" value="1"' /opt/ours/attrd_updater -n a -Q
    attributes_set
    for options in '-n a -Q' '-n a -Q -A' '-n a -Q -N n1' '-n a -Q -N n2' '-n a -Q --output-as=xml' \
        '-n nope -Q' '-n nope -Q --output-as=xml' '-n a' '-n a -B 3' '-n a -Y' '-n a -Y -d 3' \
        '-n a -Y -d xx' '-n a -l foo -U 1' '-n a -l reboot -U 1' '-n a -S status -v 4' '-n a -Q' '-n a -U' \
        '-Q' '-R' '-n a -D' '-n a -Q' '-n a -U 4 -N n9' '-n a -Q -A' '-n p -U 1 -p' '-n p -Q' \
        '-n b -B 1 -d 1s' '-n b -Q' -Z --version; do
        same attrd_updater $options
        attributes_set
    done
    expect 'count up' '' /opt/ours/attrd_updater -n c -U value++
    expect 'count up more' '' /opt/theirs/attrd_updater -n c -U 'value+=41'
    attributes_set
    expect 'the sum' 'name="c" host="n1" value="42"' /opt/theirs/attrd_updater -n c -Q
    written='id="status-1-c" name="c" value="42"'
    wait_for 10 sh -c "'$here/pcmk_host.sh' --on 1 cibadmin -Q -o status | grep -q '$written'"
    [ $? = 0 ] && echo "ok - $kind daemons: the sum arrives in the CIB" ||
        echo "not ok - $kind daemons: the sum arrives in the CIB"
    same pacemakerd -F
    expect 'a second instance is refused' 100 sh -c '/opt/ours/pacemakerd; echo $?'
    for daemon in based fenced execd attrd schedulerd controld; do
        before=$(on 1 pidof pacemaker-$daemon)
        on 1 killall -9 pacemaker-$daemon
        wait_for 30 sh -c "pids=\$('$here/pcmk_host.sh' --on 1 pidof pacemaker-$daemon) &&
            [ \"\$pids\" != '$before' ]"
    done
    wait_for 60 sh -c "$0 --idle" && expect 'after killing each daemon' 'Designated Controller is: n1' \
        /opt/ours/crmadmin -D
    if [ "$kind" = ours ]; then
        # told to end while it takes over the daemons of an instance before it
        on 1 killall -9 pacemakerd
        on 1 sh -c 'log=/var/log/pacemaker/pacemaker.log; seen=$(grep -c "server name: pacemakerd" $log)
                    pacemakerd >/dev/null 2>&1 &
                    until [ "$(grep -c "server name: pacemakerd" $log)" -gt "$seen" ]; do sleep 0.02; done
                    kill $!; wait $!'
        wait_for 40 sh -c "! '$here/pcmk_host.sh' --on 1 pgrep pacemaker" &&
            echo "ok - $kind daemons: all stop with a launcher that has just begun" ||
            echo "not ok - $kind daemons: all stop with a launcher that has just begun"
        on 1 sh -c 'setsid pacemakerd >/dev/null 2>&1 &'
        wait_for 60 sh -c "$0 --idle"
    fi
    expect 'shut down' '' /opt/ours/pacemakerd -S
    wait_for 40 sh -c "! '$here/pcmk_host.sh' --on 1 pgrep pacemaker" &&
        echo "ok - $kind daemons: all stop" || echo "not ok - $kind daemons: all stop"
    for options in -D -P -N; do
        same crmadmin $options
    done
    same crm_node -n
    same attrd_updater -n a -U 1
    same attrd_updater -n a -Q
    same pacemakerd -S
    exit 0
fi
if [ "${1-}" = --idle ]; then
    [ "$("$here/pcmk_host.sh" --on 1 crmadmin -S n1 -q -t 2)" = S_IDLE ]
    exit
fi

# both sets of tools in every host
tools='mkdir -p $ROOT/opt/ours $ROOT/opt/theirs
       oracle=$("$here/oracle.sh") && [ -n "$oracle" ] || exit 77
       for t in crmadmin crm_node attrd_updater pacemakerd; do
           cp $HOSTS/stage/usr/sbin/$t $ROOT/opt/ours/; cp $oracle/usr/sbin/$t $ROOT/opt/theirs/
       done'
n=0
for kind in ours debian; do
    output=$(mktemp)
    "$here/pcmk_host.sh" 1 "install_$kind; $tools" "$0" --beside $kind >"$output" 2>/dev/null
    status=$?
    if [ $status = 77 ]; then
        n=$((n + 1))
        echo "ok $n - $kind daemons # SKIP no namespaces, or no packages of Debian"
    elif [ $status != 0 ]; then
        echo "not ok - $kind daemons: the host could not be set up (status $status)" >>"$output"
    fi
    while read -r line; do
        case "$line" in
        'ok - '*) n=$((n + 1)); echo "ok $n${line#ok}" ;;
        'not ok - '*) n=$((n + 1)); echo "not ok $n${line#not ok}" ;;
        *) echo "$line" ;;
        esac
    done <"$output"
    rm -f "$output"
done
echo "1..$n"
