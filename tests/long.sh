#!/usr/bin/env bash
# ./check --long: QUORATE_LONG_MINUTES of simulated rings with new seeds, as long of simulated clusters,
# as long of fuzzing every target in turn; status display and messages of the scheduler on all recorded
# states; as long of chaos in the lab, half of it with fencing devices (TAP).
set -u
minutes=${QUORATE_LONG_MINUTES:-60}
: "${top_builddir:?}" "${top_srcdir:?}"
echo "1..6"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

# test number, program, seeds a batch, what it simulates
simulate() {
    local seed end ran=0 bad=0

    seed=$(date +%s) end=$((SECONDS + minutes * 60))
    while [ $SECONDS -lt $end ] && [ $bad = 0 ]; do
        "$top_builddir/tests/sim/$2" --seed "$seed" --seeds "$3" >"$log" 2>&1 || bad=1
        seed=$((seed + $3)) ran=$((ran + $3))
    done
    [ $bad = 0 ] && echo "ok $1 - $ran seeds of simulated $4" && return
    sed 's/^/# /' "$log"
    echo "not ok $1 - simulated $4"
    failed=1
}
simulate 1 totem-sim 500 rings
simulate 2 cluster/cluster-sim 50 clusters

targets=$(ls "$top_srcdir"/tests/fuzz/fuzz_*.c | wc -l)
if "$top_srcdir/tests/fuzz/run.sh" --seconds $((minutes * 60 / targets)) >"$log" 2>&1; then
    echo "ok 3 - fuzz targets, $((minutes * 60 / targets)) s each"
else
    sed 's/^/# /' "$log"
    echo "not ok 3 - a fuzz target found something"
    failed=1
fi

if STATUS_STEP=1 "$top_srcdir/tests/interop/test_status_output.py" >"$log" 2>&1 &&
    ! grep -q '^not ok' "$log"; then
    echo "ok 4 - crm_mon and crm_resource on all recorded states"
else
    sed 's/^/# /' "$log"
    echo "not ok 4 - crm_mon and crm_resource on all recorded states"
    failed=1
fi
if python3 "$top_srcdir/tests/lab/chaos.py" --build "$top_builddir" --seed "$(date +%s)" --seeds 2 \
    --minutes $(((minutes + 1) / 2)) >"$log" 2>&1; then
    sed -n 's/^ok [0-9]* -/#/p' "$log"
    echo "ok 5 - chaos in the lab"
else
    sed 's/^/# /' "$log"
    echo "not ok 5 - chaos in the lab"
    failed=1
fi

if "$top_srcdir/tests/interop/test_scheduler_messages.py" --all >"$log" 2>&1; then
    echo "ok 6 - the scheduler's messages on all recorded states"
else
    sed 's/^/# /' "$log"
    echo "not ok 6 - the scheduler's messages on all recorded states"
    failed=1
fi
[ $failed = 0 ]
