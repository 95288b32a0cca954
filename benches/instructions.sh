#!/bin/sh
# Counts with callgrind the instructions that one compilation and one evaluation of W1 to W9 take,
# and compares with the table in benches/README.md: fails when a figure has grown by more than
# 10 %. `--update` writes the table anew. Names of workloads limit the run to them.
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

if ! command -v valgrind >/dev/null 2>&1; then
    apt-get install -y valgrind >/dev/null 2>&1 || {
        echo "instructions.sh needs valgrind, which is not installed" >&2
        exit 2
    }
fi

binary=$(cargo bench --quiet --bench instructions --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*\/instructions-[^"]*\)".*/\1/p')

# Instructions of a whole run.
total() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" "$@" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# Instructions of one round: two runs differ only in their number of rounds, so start-up cancels.
one() {
    few=$(total "$1" "$2" 2)
    many=$(total "$1" "$2" $((2 + $3)))
    echo $(((many - few) / $3))
}

table=$(mktemp)
trap 'rm -f "$table"' EXIT
for work in $works; do
    case $work in
        W5) rounds=1 ;;
        W4 | W6 | W7 | W9) rounds=10 ;;
        *) rounds=200 ;;
    esac
    echo "| $work | $(one "$work" compile 50) | $(one "$work" evaluate $rounds) |" >>"$table"
done

# Old and new side by side; the exit status tells whether something has grown too much.
status=0
awk -F '|' '
    NR == FNR { if ($2 ~ /^ W[0-9] $/ && $4 ~ /^ [0-9]+ $/ && inside) { old[$2 "c"] = $3; old[$2 "e"] = $4 } }
    NR == FNR { if (/<!-- instructions -->/) inside = 1; if (/<!-- end -->/) inside = 0; next }
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
        /<!-- end -->/ { inside = 0 }
        !inside { print }
        /<!-- instructions -->/ {
            inside = 1
            print "\n| | compile | evaluate |\n|---|---:|---:|"
            while ((getline line < table) > 0) print line
            print ""
        }
    ' "$readme" >"$new"
    cat "$new" >"$readme"
    rm -f "$new"
    exit 0
fi
if [ $status -ne 0 ]; then
    echo "some count has grown by more than 10 %; if that is meant, run benches/instructions.sh --update" >&2
fi
exit $status
