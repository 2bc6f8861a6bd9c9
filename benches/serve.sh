#!/usr/bin/env bash
# Measures the endpoint on one core, with one client, in one run: GetCommandInvocation with a million invocations stored,
# ListCommandInvocations, the answer to SendCommand over 100,000 instances, memory and start-up; and moto's server beside it, of
# which the ratio counts. Needs wrk, curl and Python with venv; everything stays on loopback.
#
#   benches/serve.sh            print the figures
#   benches/serve.sh --record   also write them to results/serve.json
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
servers=()
stop() { for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done; rm -rf "$work"; }
trap stop EXIT

cat > "$work/fleet.toml" <<'TOML'
version = 1
[[group]]
name = "web"
count = 100000
tags = { Role = "web" }
execution = "10s"
[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { commands = ["true"] }
TOML

cargo build --release --locked --quiet
now() { date +%s%N; }
millis() { awk "BEGIN { printf \"%.1f\", ($2 - $1) / 1e6 }"; }
call() { # url, operation, body
    curl -sS -X POST "$1/" -H "X-Amz-Target: AmazonSSM.$2" -H 'Content-Type: application/x-amz-json-1.1' -d "$3"
}
rate() { # url, operation, body: requests a second
    cat > "$work/post.lua" <<LUA
wrk.method = "POST"
wrk.body = '$3'
wrk.headers["X-Amz-Target"] = "AmazonSSM.$2"
wrk.headers["Content-Type"] = "application/x-amz-json-1.1"
wrk.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ssm/aws4_request, SignedHeaders=host, Signature=0"
LUA
    wrk -t1 -c8 -d5s --latency -s "$work/post.lua" "$1/" > "$work/wrk.out"
    sed -n 's/^Requests\/sec: *//p' "$work/wrk.out"
}

began=$(now)
taskset -c 0 target/release/fleetsim serve "$work/fleet.toml" --listen 127.0.0.1:0 --speed max > "$work/serve.out" &
server=$!
servers+=("$server")
until grep -q listening "$work/serve.out"; do sleep 0.005; done
startup=$(millis "$began" "$(now)")
url=$(sed -n 's/.*\(http:[^;]*\);.*/\1/p' "$work/serve.out")
rss() { awk '/VmRSS/ { print $2 }' "/proc/$server/status"; }
before=$(rss)

send='{"DocumentName":"AWS-RunShellScript","Targets":[{"Key":"tag:Role","Values":["web"]}],"Parameters":{"commands":["true"]},"MaxConcurrency":"100%"}'
curl -sS -X POST "$url/_fleetsim/pause" > /dev/null
began=$(now)
answer=$(call "$url" SendCommand "$send")
sent=$(millis "$began" "$(now)")
for _ in 2 3 4 5 6 7 8 9 10; do answer=$(call "$url" SendCommand "$send"); done
curl -sS -X POST "$url/_fleetsim/advance" -d '{"by_seconds": 3600}' > /dev/null
bytes=$((($(rss) - before) * 1024 / 1000000))
id=$(sed -n 's/.*"CommandId":"\([^"]*\)".*/\1/p' <<< "$answer")
instance=$(call "$url" ListCommandInvocations "{\"CommandId\":\"$id\",\"MaxResults\":1}" | sed -n 's/.*"InstanceId":"\([^"]*\)".*/\1/p')
get=$(rate "$url" GetCommandInvocation "{\"CommandId\":\"$id\",\"InstanceId\":\"$instance\"}")
p99=$(awk '/99%/ { print $2 }' "$work/wrk.out")
list=$(rate "$url" ListCommandInvocations "{\"CommandId\":\"$id\",\"MaxResults\":50}")

python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install 'moto[server]==5.2.5'
"$work/venv/bin/moto_server" -H 127.0.0.1 -p 8199 > "$work/moto.out" 2>&1 &
moto=$!
servers+=("$moto")
taskset -cp 0 "$moto" > /dev/null
until curl -sS -o /dev/null http://127.0.0.1:8199/moto-api/ 2> /dev/null; do sleep 0.2; done
call http://127.0.0.1:8199 SendCommand '{"DocumentName":"AWS-RunShellScript","InstanceIds":["i-12345678"],"Parameters":{"commands":["true"]}}' > /dev/null
moto_list=$(rate http://127.0.0.1:8199 ListCommands '{}')

report="{
  \"what\": \"the endpoint on one core, wrk with 8 connections on the other; moto's server in the same run\",
  \"command\": \"benches/serve.sh --record\",
  \"commit\": \"$(git describe --always --dirty --abbrev=12)\",
  \"machine\": \"$(uname -sm), $(nproc) cores\",
  \"GetCommandInvocation, a million invocations stored, requests/s\": $get,
  \"its p99 at full rate\": \"$p99\",
  \"ListCommandInvocations of 50, requests/s\": $list,
  \"moto: ListCommands, requests/s\": $moto_list,
  \"SendCommand to 100,000 instances answered after, ms, curl included\": $sent,
  \"bytes per stored invocation\": $bytes,
  \"start-up with 100,000 instances, ms\": $startup
}"
echo "$report"
if [[ "${1:-}" == --record ]]; then
    echo "$report" > results/serve.json
fi
