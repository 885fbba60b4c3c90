#!/usr/bin/env bash
# The resource, fence and alert agents on their own: metadata is XML,
# life cycles give the right exit statuses.
set -u
here=${top_srcdir:?}/agents
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

report() {
    n=$((n + 1))
    if [ "$1" = "$2" ]; then echo "ok $n - $3"; else echo "not ok $n - $3 (got '$1', expected '$2')"; fi
}

# What agents find in ocf-shellfuncs, as far as they use it
mkdir "$work/bin"
cat > "$work/funcs" <<'END'
OCF_SUCCESS=0 OCF_ERR_GENERIC=1 OCF_ERR_ARGS=2 OCF_ERR_UNIMPLEMENTED=3 OCF_ERR_PERM=4
OCF_ERR_INSTALLED=5 OCF_ERR_CONFIGURED=6
OCF_NOT_RUNNING=7 HA_SBIN_DIR=$WORK/bin HA_VARRUN=$WORK
: "$OCF_SUCCESS" "$OCF_ERR_GENERIC" "$OCF_ERR_ARGS" "$OCF_ERR_UNIMPLEMENTED" "$OCF_ERR_PERM"
: "$OCF_ERR_INSTALLED" "$HA_SBIN_DIR"
ocf_log() { :; }
ocf_exit_reason() { echo "ocf-exit-reason:$*" >&2; }
ocf_is_true() { case "$1" in yes|true|1) return 0 ;; esac; return 1; }
ocf_is_probe() { [ "$__OCF_ACTION" = monitor ] && [ "${OCF_RESKEY_CRM_meta_interval:-0}" = 0 ]; }
have_binary() { command -v "$1" >/dev/null; }
check_binary() { have_binary "$1" || exit 5; }
ha_pseudo_resource() {
    case "$2" in
    start) touch "$WORK/$1" ;;
    stop) rm -f "$WORK/$1" ;;
    *) [ -e "$WORK/$1" ] ;;
    esac
}
END
for tool in attrd_updater crm_attribute; do
    printf '#!/bin/sh\necho "%s $*" >> "$WORK/calls"\n' $tool > "$work/bin/$tool"
done
printf '#!/bin/sh\necho "ping $*" >> "$WORK/calls"\nfor h; do :; done\n[ "$h" != dead ]\n' > "$work/bin/ping"
chmod +x "$work"/bin/*
export WORK=$work OCF_FUNCTIONS=$work/funcs OCF_RESOURCE_INSTANCE=r:0 PATH=$work/bin:$PATH

# agent ACTION [NAME=VALUE...]: its exit status
agent() {
    local name=$1 action=$2
    shift 2
    env "$@" sh "$here/ocf/$name" "$action" >"$work/out" 2>"$work/err"
    echo $?
}

calls() {
    cat "$work/calls" 2>/dev/null
    rm -f "$work/calls"
}

for path in "$here"/ocf/*; do
    name=$(basename "$path")
    [ -x "$path" ] || continue
    status=$(agent "$name" meta-data A=b)
    if command -v xmllint >/dev/null; then
        xmllint --noout "$work/out" 2>/dev/null || status=xml
    fi
    report "$status" 0 "$name: metadata"
    expected=3
    [ "$name" != remote ] || expected=1
    report "$(agent "$name" no-such-action A=b)" $expected "$name: unknown action"
done

report "$(agent Dummy monitor A=b)" 7 "Dummy: not running at first"
report "$(agent Dummy start A=b)" 0 "Dummy: start"
report "$(agent Dummy start A=b)" 0 "Dummy: start again"
report "$(agent Dummy monitor A=b)" 0 "Dummy: running"
report "$([ -e "$work/Dummy-r.state" ] && echo yes)" yes "Dummy: anonymous instances share a state file"
report "$(agent Dummy monitor OCF_CHECK_LEVEL=30)" 1 "Dummy: check level 30 fails"
report "$(cat "$work/err")" "ocf-exit-reason:hyperdrive quota reached" "Dummy: and says why"
report "$(agent Dummy reload A=b)" 0 "Dummy: reload"
report "$(agent Dummy migrate_to A=b)" 0 "Dummy: migrate_to stops it"
report "$(agent Dummy monitor A=b)" 7 "Dummy: not running any more"
report "$(agent Dummy start OCF_RESKEY_fail_start_on="$(uname -n)")" 1 "Dummy: start fails where it shall"
report "$(agent Dummy stop A=b)" 0 "Dummy: stop"
report "$(agent Dummy stop A=b)" 0 "Dummy: stop again"
report "$(agent Dummy validate-all OCF_RESKEY_op_sleep=x)" 6 "Dummy: invalid op_sleep"
calls >/dev/null

report "$(agent Stateful promote A=b)" 7 "Stateful: cannot be promoted while stopped"
report "$(agent Stateful start A=b)" 0 "Stateful: start"
report "$(calls)" "crm_attribute --promotion -v 5" "Stateful: start sets the score"
report "$(agent Stateful monitor OCF_RESKEY_CRM_meta_interval=10000)" 0 "Stateful: unpromoted"
report "$(agent Stateful promote A=b)" 0 "Stateful: promote"
report "$(agent Stateful monitor OCF_RESKEY_CRM_meta_interval=10000)" 8 "Stateful: promoted"
calls >/dev/null
report "$(agent Stateful monitor OCF_RESKEY_CRM_meta_interval=0)" 8 "Stateful: probe"
report "$(calls)" "crm_attribute --promotion -v 10" "Stateful: a probe restores the score"
report "$(agent Stateful stop A=b)" 8 "Stateful: promoted does not stop"
report "$(agent Stateful demote A=b)" 0 "Stateful: demote"
report "$(agent Stateful stop A=b)" 0 "Stateful: stop"
report "$(agent Stateful monitor A=b)" 7 "Stateful: stopped"
calls >/dev/null

hosts="OCF_RESKEY_host_list=a dead b"
report "$(agent ping validate-all A=b)" 6 "ping: needs hosts"
report "$(agent ping monitor "$hosts" OCF_RESKEY_use_fping=0)" 7 "ping: not running"
report "$(agent ping start "$hosts" OCF_RESKEY_use_fping=0 OCF_RESKEY_multiplier=100)" 0 "ping: start"
report "$(calls | grep attrd)" "attrd_updater -n pingd -B 200 -d 5s" "ping: publishes at once"
report "$(agent ping monitor "$hosts" OCF_RESKEY_use_fping=0 OCF_RESKEY_failure_score=3)" 1 \
    "ping: too few hosts"
report "$(calls | grep attrd)" "attrd_updater -n pingd -v 2 -d 5s" "ping: publishes"
report "$(agent ping stop "$hosts")" 0 "ping: stop"
report "$(calls | grep attrd)" "attrd_updater -D -n pingd -d 5s" "ping: takes it back"

report "$(agent attribute validate-all OCF_RESKEY_active_value=0)" 6 "attribute: equal values"
report "$(agent attribute monitor A=b)" 7 "attribute: stopped"
calls >/dev/null
report "$(agent attribute start A=b)" 0 "attribute: start"
report "$(calls | tail -n 1)" "attrd_updater -n opa-r:0 -U 1" "attribute: set"
report "$(agent attribute stop A=b)" 0 "attribute: stop"

report "$(agent SysInfo start A=b)" 0 "SysInfo: start"
report "$(calls | grep -c ' -B ')" 10 "SysInfo: publishes ten values"
report "$(agent SysInfo monitor A=b)" 0 "SysInfo: monitor"
report "$(agent SysInfo stop A=b)" 0 "SysInfo: stop"
report "$(agent HealthSMART monitor OCF_RESKEY_smartctl=/nonexistent)" 5 "HealthSMART: not installed"
report "$(agent ifspeed validate-all A=b)" 6 "ifspeed: needs an interface"
calls >/dev/null

fence() {
    printf '%s\n' "$@" | "$here/fence/fence_dummy" >"$work/out" 2>"$work/err"
    echo $?
}
report "$(fence action=off nodename=x "state=$work/power")" 0 "fence_dummy: off"
report "$(fence action=status port=x "state=$work/power")" 2 "fence_dummy: status off"
report "$(fence action=on port=x "state=$work/power")" 0 "fence_dummy: on"
report "$(fence action=status port=x "state=$work/power")" 0 "fence_dummy: status on"
report "$(fence action=off mode=fail)" 1 "fence_dummy: fails as told"
report "$(fence action=list nodes=a,b; cat "$work/out")" $'0\na\nb' "fence_dummy: list"
report "$(echo action=off | "$here/fence/fence_watchdog" 2>/dev/null; echo $?)" 1 \
    "fence_watchdog: only metadata"

alert() {
    env CRM_alert_version=2.1.5 CRM_alert_recipient="$work/alerts" CRM_alert_timestamp=T \
        CRM_alert_node=n1 "$@" \
        sh "$here/alerts/alert_file.sh.sample"
}
alert CRM_alert_kind=node CRM_alert_desc=lost
alert CRM_alert_kind=resource CRM_alert_rsc=r CRM_alert_task=monitor \
    CRM_alert_interval=1000 CRM_alert_desc=ok CRM_alert_rc=0 \
    CRM_alert_target_rc=7
alert CRM_alert_kind=resource CRM_alert_desc=Cancelled
report "$(cat "$work/alerts")" "T: Node 'n1' is now 'lost'
T: Resource operation 'monitor (1000)' for 'r' on 'n1': ok (target: 7)" "alert_file: lines"
# The agent of the guide that one starts one's own from
mkdir -p "$work/lib/heartbeat"
cp "$work/funcs" "$work/lib/heartbeat/ocf-shellfuncs"
example() {
    OCF_ROOT=$work HA_RSCTMP=$work sh "$top_srcdir/doc/examples/counter-agent" "$1" >"$work/out" 2>"$work/err"
    echo $?
}
for step in monitor:7 start:0 start:0 monitor:0 stop:0 stop:0 monitor:7 validate-all:0 meta-data:0 \
    no-such-action:3; do
    report "$(example "${step%:*}")" "${step#*:}" "counter-agent: ${step%:*}"
done
report "$(example start)" 0 "counter-agent: start for a failure"
kill "$(cat "$work/counter-r:0.pid")"
while kill -0 "$(cat "$work/counter-r:0.pid")" 2>/dev/null; do sleep 0.1; done
report "$(example monitor)" 1 "counter-agent: a program that is gone is a failure"
report "$(example stop)" 0 "counter-agent: stop after the failure"

echo "1..$n"
