#!/bin/sh
# The totals of logs/ledger.tsv, as the table of docs/fuzzing.md.
cd "$(dirname "$0")" || exit 2
awk -F '\t' '
    { seconds[$2] += $3; runs[$2] += $4; finds[$2] += ($5 == "find"); all += $3; total += $4; found += ($5 == "find") }
    END {
        print "| target | hours | executions | turns that ended with a find |"
        print "| --- | --- | --- | --- |"
        n = split("parse eval check format date_pattern regex json workflow", order, " ")
        for (i = 1; i <= n; i++) {
            t = order[i]
            if (t in seconds) printf "| `%s` | %.2f | %d | %d |\n", t, seconds[t] / 3600, runs[t], finds[t]
        }
        printf "| all | %.2f | %d | %d |\n", all / 3600, total, found
    }' logs/ledger.tsv
