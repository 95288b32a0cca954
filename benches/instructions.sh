#!/bin/sh
# Counts with callgrind the instructions that one compilation and one evaluation of W1 to W9 take,
# and compares them with the table in benches/README.md: fails when a figure has grown by more than
# 10 %. `--update` writes the table anew. Names of workloads limit the run to them.
#
# Where callgrind cannot run, there is nothing to compare: it says so and succeeds.
set -eu
cd "$(dirname "$0")/.."
readme=benches/README.md
update=false
works=
for arg in "$@"; do
    case $arg in
        --update) update=true ;;
        *) works="$works $arg" ;;
    esac
done
works=${works:-W1 W2 W3 W4 W5 W6 W7 W8 W9}

skip() {
    echo "instruction counts: $1: skipped"
    exit 0
}

[ "$(uname -sm)" = "Linux x86_64" ] || skip "the counts are those of Linux on x86_64"
command -v valgrind >/dev/null 2>&1 ||
    { apt-get update -q && apt-get install -yq valgrind; } >/dev/null 2>&1 ||
    skip "valgrind is not installed, and apt-get cannot install it"

binary=$(cargo bench --quiet --package sel --bench instructions --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*\/instructions-[^"]*\)".*/\1/p')
# A workload that fails is an error, not a machine without callgrind.
"$binary"

# The C library chooses its string routines by the processor. Without these features it takes the
# same ones everywhere (measured: 1 % at most lies between them and the best of a new processor).
GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-AVX512F,-AVX512VL,-ERMS,-FSRM
export GLIBC_TUNABLES

# Instructions of a whole run; nothing where callgrind cannot run it.
total() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" "$@" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# Instructions of one round: two runs differ only in their number of rounds, so start-up cancels.
one() {
    few=$(total "$1" "$2" 2)
    many=$(total "$1" "$2" $((2 + $3)))
    if [ -n "$few" ] && [ -n "$many" ]; then echo $(((many - few) / $3)); fi
}

[ -n "$(total W1 evaluate 1)" ] || skip "callgrind does not run here"

table=$(mktemp)
trap 'rm -f "$table"' EXIT
for work in $works; do
    case $work in
        W5) rounds=1 ;;
        W4 | W6 | W7 | W9) rounds=10 ;;
        *) rounds=200 ;;
    esac
    compile=$(one "$work" compile 50)
    evaluate=$(one "$work" evaluate $rounds)
    [ -n "$compile" ] && [ -n "$evaluate" ] || skip "callgrind stopped at $work"
    echo "| $work | $compile | $evaluate |" >>"$table"
done

# Old and new side by side; the exit status tells whether something has grown too much.
status=0
awk -F '|' '
    FILENAME == ARGV[1] {
        if (/<!-- instructions -->/) inside = 1
        if (/<!-- end -->/) inside = 0
        if (inside && $3 ~ /^ [0-9]+ $/ && $4 ~ /^ [0-9]+ $/) { old[$2 "c"] = $3; old[$2 "e"] = $4 }
        next
    }
    function say(work, what, before, now) {
        if (before == "") { printf "%s %-8s %10d  new\n", work, what, now; return }
        printf "%s %-8s %10d  was %10d  %+.1f %%\n", work, what, now, before, (now / before - 1) * 100
        if (now > before * 1.1) grown = 1
    }
    { say($2, "compile", old[$2 "c"], $3); say($2, "evaluate", old[$2 "e"], $4) }
    END { exit grown }
' "$readme" "$table" || status=1

if $update; then
    new=$(mktemp)
    awk -v table="$table" '
        BEGIN { while ((getline line < table) > 0) { split(line, cell, "|"); row[cell[2]] = line } }
        /<!-- end -->/ { inside = 0 }
        {
            split($0, cell, "|")
            print (inside && (cell[2] in row)) ? row[cell[2]] : $0
        }
        /<!-- instructions -->/ { inside = 1 }
    ' "$readme" >"$new"
    cat "$new" >"$readme"
    rm -f "$new"
    exit 0
fi
if [ $status -ne 0 ]; then
    echo "a count has grown by more than 10 %; if that is meant: benches/instructions.sh --update" >&2
fi
exit $status
