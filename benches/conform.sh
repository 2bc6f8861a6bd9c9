#!/usr/bin/env bash
# Plays the battery of `fleetsim conform` against our own endpoint, moto's server and MiniStack, each started on loopback and ended
# again, and writes what came of it to results/conform/{fleetsim,moto,ministack}.md. The other two are Python packages, which are
# installed below target/.
#
#   benches/conform.sh             print the last line of each table
#   benches/conform.sh --record    also write the tables
#
# FLEETSIM names a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${FLEETSIM:-}" ]; then
    cargo build --release --locked --quiet
    FLEETSIM=target/release/fleetsim
fi
moto=5.2.5 ministack=1.5.33
venv=target/conform-venv
[ -x "$venv/bin/ministack" ] || { python3 -m venv "$venv" && "$venv/bin/pip" -q install "moto[server]==$moto" "ministack==$ministack"; }

work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; server=; }
trap 'stop; rm -rf "$work"' EXIT
commit=$(git describe --always --dirty --abbrev=12)

await() { # url
    for _ in $(seq 100); do curl -s -o /dev/null "$1" && return; sleep 0.2; done
    echo "nobody answers at $1" >&2
    exit 1
}

play() { # name, what, options...
    local name=$1 what=$2 code=0
    shift 2
    "$FLEETSIM" conform "$@" --format markdown > "$work/$name.md" || code=$?
    # Invalid and unknown cases are what the table is for.
    case $code in 0 | 3 | 4) ;; *) exit "$code" ;; esac
    printf '%s: %s\n' "$name" "$(head -1 "$work/$name.md")"
    [ "${record:-}" != --record ] || {
        mkdir -p results/conform
        { printf '# The battery against %s\n\n`benches/conform.sh --record` at %s, %s.\n\n' "$what" "$commit" "$(uname -sm)"; cat "$work/$name.md"; } > "results/conform/$name.md"
    }
}
record=${1:-}

"$FLEETSIM" serve scenarios/conform.toml --listen 127.0.0.1:18008 --speed 60 > "$work/serve.out" &
server=$!
await http://127.0.0.1:18008/
play fleetsim "\`fleetsim serve\`" --endpoint-url http://127.0.0.1:18008
stop

# Makes instances with a tag, and says which.
make() { # url, tag, count
    local form="Action=RunInstances&Version=2016-11-15&ImageId=ami-12c6146b&MinCount=$3&MaxCount=$3"
    form+="&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=Conform&TagSpecification.1.Tag.1.Value=$2"
    local scope="Credential=test/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0"
    curl -sS "$1/" -H "Authorization: AWS4-HMAC-SHA256 $scope" -d "$form" | grep -o '<instanceId>[^<]*' | sed 's/<instanceId>\(.*\)/"\1"/' | paste -sd,
}
fleet() { # url
    for part in works:10 fails:7 sleeps:6; do
        printf '[%s]\ntag = "Conform=%s"\ninstance_ids = [%s]\n' "${part%:*}" "${part%:*}" "$(make "$1" "${part%:*}" "${part#*:}")"
    done > "$work/fleet.toml"
}

# Neither of the two has a time of its own, for all has ended at once: nothing is gained by waiting for it.
others=(--fleet "$work/fleet.toml" --time-scale 20 --timeout 1m)
"$venv/bin/moto_server" -H 127.0.0.1 -p 18009 > "$work/moto.out" 2>&1 &
server=$!
await http://127.0.0.1:18009/moto-api/
fleet http://127.0.0.1:18009
play moto "the server of moto $moto" --endpoint-url http://127.0.0.1:18009 "${others[@]}"
stop

BIND_HOST=127.0.0.1 GATEWAY_PORT=18010 "$venv/bin/ministack" > "$work/ministack.out" 2>&1 &
server=$!
await http://127.0.0.1:18010/
fleet http://127.0.0.1:18010
play ministack "MiniStack $ministack, whose instances need Docker and so are not there" --endpoint-url http://127.0.0.1:18010 "${others[@]}"
stop
