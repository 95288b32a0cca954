#!/bin/sh
# Runs the fuzz targets.
#   run.sh MINUTES [TARGET...]    all targets (or those) in turns, one process on each core
#   run.sh --smoke                every target for ten seconds, for CI
# Appends a line to logs/ledger.tsv for each turn: when, target, seconds, executions, how it ended.
# A find goes to artifacts/TARGET/ and does not stop the others; the exit status tells of finds.
set -u
cd "$(dirname "$0")" || exit 2
all="parse eval check format date_pattern regex json workflow"

case "${1:-}" in
    # Built faster, to run slower.
    --smoke)
        minutes=0 turn=10
        light='--config profile.release.package.sel.opt-level=1 --config profile.release.package.sel-engine.opt-level=0'
        ;;
    [1-9]*) minutes=$1 turn=60 ;;
    *) sed -n '2,6s/^# //p' "$0"; exit 2 ;;
esac
shift
targets=${*:-$all}
workers=${WORKERS:-$(nproc)}
# shellcheck disable=SC2086
bins=${BINS:-$(./build.sh ${light:-})} || exit 1
mkdir -p logs

# One turn of one target.
turn() {
    target=$1
    mkdir -p "corpus/$target" "artifacts/$target"
    log="logs/$target.$$.log"
    began=$(date +%s)
    # The stack of a thread as SECURITY.md promises it.
    (ulimit -s 2048; exec "$bins/$target" -max_total_time="$turn" -timeout=10 -rss_limit_mb=1024 \
        -max_len=2048 -print_final_stats=1 -dict=sel.dict -artifact_prefix="artifacts/$target/" \
        "corpus/$target" "seeds/$target") >"$log" 2>&1
    status=$?
    seconds=$(($(date +%s) - began))
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    # A find ends a turn before its statistics: the last line of progress tells.
    [ -n "$runs" ] || runs=$(sed -n 's/^#\([0-9]*\).*/\1/p' "$log" | tail -1)
    end=ok
    if [ "$status" -ne 0 ]; then
        end=find
        cp "$log" "logs/find-$target-$began.log"
        echo "$target: a find, see logs/find-$target-$began.log" >&2
        tail -40 "$log" | grep -E 'panicked|ERROR|SUMMARY|Test unit' >&2
    fi
    printf '%s\t%s\t%s\t%s\t%s\n' "$began" "$target" "$seconds" "${runs:-0}" "$end" >>logs/ledger.tsv
    rm -f "$log"
    [ "$status" -eq 0 ]
}

# Every n-th target of the list, until the time is over; each at least once.
work() {
    until=$(($(date +%s) + minutes * 60))
    failed=0
    while :; do
        i=0
        for target in $targets; do
            i=$((i + 1))
            [ $((i % workers)) -eq "$1" ] || continue
            if [ -x "$bins/$target" ]; then turn "$target" || failed=1; fi
            [ "$minutes" -gt 0 ] && [ "$(date +%s)" -ge "$until" ] && return $failed
        done
        [ "$minutes" -gt 0 ] || return $failed
    done
}

result=0 pids=
for worker in $(seq 0 $((workers - 1))); do
    work "$worker" &
    pids="$pids $!"
done
for pid in $pids; do
    wait "$pid" || result=1
done
exit $result
