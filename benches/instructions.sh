#!/usr/bin/env bash
# Counts the instructions that one invocation of the reference rollout costs, with callgrind, without and with
# notifications: the difference between a rollout of 60,000 and one of 10,000 instances, so that start-up cancels out.
# The counts repeat exactly for the same binary. Needs valgrind.
#
#   benches/instructions.sh            print the counts
#   benches/instructions.sh --record   also write them to results/instructions.json
#   benches/instructions.sh --gate     fail when one is more than 2 % above what is recorded there
set -euo pipefail
cd "$(dirname "$0")/.."

commit=$(git describe --always --dirty --abbrev=12)
binary=$(cargo bench --bench reference --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*reference[^"]*\)".*/\1/p' | tail -1)

count() { # instances, concurrency and what else
    FLEETSIM_ROLLOUT="$1 $2" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

per_invocation() { # concurrency and what else
    local small large
    small=$(count 10000 "$1")
    large=$(count 60000 "$1")
    echo $(((large - small) / 50000))
}

k50=$(per_invocation 50)
k1000=$(per_invocation 1000)
k50_notify=$(per_invocation "50 notify")
k1000_notify=$(per_invocation "1000 notify")
echo "instructions per invocation: k=50 $k50, k=1000 $k1000; notifying: k=50 $k50_notify, k=1000 $k1000_notify"

recorded() { # name
    sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" results/instructions.json
}

gate() { # name, count
    local record
    record=$(recorded "$1")
    [[ -n $record ]] || { echo "results/instructions.json has no count for $1" >&2; return 1; }
    if (($2 * 100 > record * 102)); then
        echo "$1: $2 instructions per invocation, more than 2 % above the $record recorded" >&2
        echo "make it cheaper, or record the new count with its reason: benches/instructions.sh --record" >&2
        return 1
    fi
}

if [[ "${1:-}" == --gate ]]; then
    failed=0
    gate "k=50" "$k50" || failed=1
    gate "k=1000" "$k1000" || failed=1
    gate "k=50, notifying" "$k50_notify" || failed=1
    gate "k=1000, notifying" "$k1000_notify" || failed=1
    exit $failed
fi

if [[ "${1:-}" == --record ]]; then
    cat > results/instructions.json <<JSON
{
  "what": "instructions per invocation of the reference rollout, full tier, digest and measures on, nothing checked",
  "command": "benches/instructions.sh --record",
  "commit": "$commit",
  "rustc": "$(rustc --version)",
  "machine": "$(uname -sm)",
  "k=50": $k50,
  "k=1000": $k1000,
  "k=50, notifying": $k50_notify,
  "k=1000, notifying": $k1000_notify
}
JSON
fi
