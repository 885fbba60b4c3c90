#!/usr/bin/env bash
# ./check --long: QUORATE_LONG_MINUTES of simulated rings with seeds never used before, as long of fuzzing every
# target in turn (TAP).
set -u
minutes=${QUORATE_LONG_MINUTES:-60}
: "${top_builddir:?}" "${top_srcdir:?}"
echo "1..2"

seed=$(date +%s) batch=500 bad=0 ran=0
end=$((SECONDS + minutes * 60))
log=$(mktemp)
trap 'rm -f "$log"' EXIT
while [ $SECONDS -lt $end ] && [ $bad = 0 ]; do
    "$top_builddir/tests/sim/totem-sim" --seed $seed --seeds $batch >"$log" 2>&1 || bad=1
    seed=$((seed + batch)) ran=$((ran + batch))
done
[ $bad = 0 ] && echo "ok 1 - $ran seeds of the simulator" || { sed 's/^/# /' "$log"; echo "not ok 1 - a simulated ring failed"; }

targets=$(ls "$top_srcdir"/tests/fuzz/fuzz_*.c | wc -l)
if "$top_srcdir/tests/fuzz/run.sh" --seconds $((minutes * 60 / targets)) >"$log" 2>&1; then
    echo "ok 2 - fuzz targets, $((minutes * 60 / targets)) s each"
else
    sed 's/^/# /' "$log"
    echo "not ok 2 - a fuzz target found something"
fi
[ $bad = 0 ]
