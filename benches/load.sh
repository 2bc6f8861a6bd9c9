#!/usr/bin/env bash
# Measures the load generator on loopback against our own endpoint, in one run: a closed loop beside `oha` at the same connections,
# signing on; an open loop at half of the highest rate at which the generator keeps its schedule here, server and all, its schedule error
# beside that of a bare timer loop; and the memory of a short and a long load. Needs Python and, for the ratio, oha (`cargo install --locked oha`) on the path or in OHA.
#
#   benches/load.sh            print the figures
#   benches/load.sh --record   also write them to results/load.json
#
# FLEETSIM names a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${FLEETSIM:-}" ]; then
    cargo build --release --locked --quiet
    FLEETSIM=target/release/fleetsim
fi
commit=$(git rev-parse --short HEAD)
python3 - "$FLEETSIM" "${SERVER:-$FLEETSIM}" "${OHA:-oha}" "$commit" "${1:-}" <<'PYTHON'
import json, os, platform, re, shutil, subprocess, sys, tempfile, time, urllib.request

fleetsim, served_by, oha, commit, record = sys.argv[1:]
CONNECTIONS, SECONDS, ROUNDS = 16, 5, 3
FLEET = """version = 1
[[group]]
name = "web"
count = 1000
tags = { Role = "web" }
execution = "1s"
[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { commands = ["true"] }
"""
work = tempfile.mkdtemp()
scenario = os.path.join(work, "fleet.toml")
open(scenario, "w").write(FLEET)
server = subprocess.Popen([served_by, "serve", scenario, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
url = re.search(r"http://[0-9.:]+", server.stdout.readline()).group(0)


def call(operation, body):
    headers = {
        "X-Amz-Target": "AmazonSSM." + operation,
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ssm/aws4_request, SignedHeaders=host, Signature=0",
    }
    request = urllib.request.Request(url + "/", json.dumps(body).encode(), headers)
    return json.load(urllib.request.urlopen(request)), headers


def load(*options):
    """The summary, and the most memory that it took, in MB."""
    command = [fleetsim, "load", "--endpoint-url", url, "--format", "json", "--no-check"]
    command += ["--operation", "GetCommandInvocation", *options]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return json.loads(output), usage.ru_maxrss / 1024


try:
    request = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["true"]}}
    sent, headers = call("SendCommand", {**request, "Targets": [{"Key": "tag:Role", "Values": ["web"]}]})
    time.sleep(0.5)
    command = sent["Command"]["CommandId"]
    told, _ = call("ListCommandInvocations", {"CommandId": command, "MaxResults": 1})
    body = {"CommandId": command, "InstanceId": told["CommandInvocations"][0]["InstanceId"]}
    headers["X-Amz-Target"] = "AmazonSSM.GetCommandInvocation"

    def by_oha():
        options = ["-z", f"{SECONDS}s", "-c", str(CONNECTIONS), "--no-tui", "--output-format", "json", "-m", "POST"]
        for name, value in headers.items():
            options += ["-H", f"{name}: {value}"]
        done = subprocess.run([oha, *options, "-d", json.dumps(body), url + "/"], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)["summary"]["requestsPerSec"]

    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(load("--closed", str(CONNECTIONS), "--for", f"{SECONDS}s")[0]["done_per_second"])
        if shutil.which(oha):
            theirs.append(by_oha())
    best = sorted(ours)[ROUNDS // 2]
    # The highest rate that is not void, a sixth apart.
    at = lambda rate: ["--rate", str(round(rate)), "--connections", "64"]
    held = 10_000.0
    while held < 200_000 and not load(*at(held * 7 / 6), "--for", "3s")[0]["void"]:
        held *= 7 / 6
    half = [*at(held / 2), "--bare-timer"]
    opens = [load(*half, "--for", f"{SECONDS}s")[0] for _ in range(ROUNDS)]
    short, short_mb = load(*half, "--for", "3s")
    long, long_mb = load(*half, "--for", "30s")
    figures = {
        "what": "fleetsim load against fleetsim serve on loopback, GetCommandInvocation",
        "command": "benches/load.sh --record",
        "commit": commit,
        "machine": {"system": platform.platform(), "processors": os.cpu_count()},
        "connections": CONNECTIONS,
        "closed_per_second": ours,
        "oha_per_second": theirs or None,
        "ratio_to_oha": round(best / sorted(theirs)[ROUNDS // 2], 3) if theirs else None,
        "open_highest_rate": round(held),
        "open_rate": round(held / 2),
        "open": [
            {
                "error_p99.9_us": one["schedule"]["error_ns"]["p99.9"] / 1000,
                "bare_timer_p99.9_us": one["schedule"]["bare_error_ns"]["p99.9"] / 1000,
                "late": one["schedule"]["late"],
                "p50_us": one["requests"][0]["from_planned"]["p50"],
                "p99_us": one["requests"][0]["from_planned"]["p99"],
                "void": one["void"],
            }
            for one in opens
        ],
        "memory_mb": {"3 s": round(short_mb, 1), "30 s": round(long_mb, 1)},
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if record == "--record":
        open("results/load.json", "w").write(text + "\n")
finally:
    server.terminate()
    shutil.rmtree(work)
PYTHON
