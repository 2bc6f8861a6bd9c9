#!/usr/bin/env bash
# What the shipped scenarios come to, kept in results/reference/: a summary and a row for each replication.
#   benches/reference.sh --record   writes it anew; read the difference before it is committed
#   benches/reference.sh --gate     runs every scenario again on the same luck, and fails where facts have changed
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked --quiet
fleetsim=${CARGO_TARGET_DIR:-target}/release/fleetsim
reference=results/reference

record() {
    local name=$1 count=5 out
    [[ $name == million-instances ]] && count=1
    out=$(mktemp -d)
    # A threshold that is missed is part of a story.
    "$fleetsim" run "scenarios/$name.toml" --replications "$count" --check none -o "$out/run" >/dev/null || [[ $? == 1 ]]
    mkdir -p "$reference/$name"
    cp "$out/run/summary.json" "$out/run/replications.csv" "$reference/$name/"
    rm -r "$out"
}

for scenario in scenarios/*.toml; do
    name=$(basename "$scenario" .toml)
    case ${1:-} in
    --record) record "$name" ;;
    --gate)
        echo "-- $name"
        "$fleetsim" compare "$reference/$name" "$scenario" --fail-if 'makespan.mean > +5%' --fail-if 'broken.mean > +5%'
        ;;
    *) sed -n '2,4s/^# *//p' "$0" >&2; exit 2 ;;
    esac
done
