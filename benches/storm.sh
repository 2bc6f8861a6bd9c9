#!/usr/bin/env bash
# Measures how long a regional outage over 100,000 agents takes to simulate: half an hour without the Region in the middle of a command to
# all of them, the storm in which they connect again, replies that were kept, outputs to S3 and CloudWatch Logs; and the same while CloudWatch
# Logs is out as well, without the rules, and on a clear day.
#
#   benches/storm.sh            print the figures
#   benches/storm.sh --record   also write them to results/storm.json
#
# FLEETSIM names a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${FLEETSIM:-}" ]; then
    cargo build --release --locked --quiet
    FLEETSIM=target/release/fleetsim
fi
python3 - "$FLEETSIM" "$(git describe --always --dirty --abbrev=12)" "${1:-}" <<'PYTHON'
import json, os, platform, resource, statistics, subprocess, sys, tempfile, time

fleetsim, commit, record = sys.argv[1:]
AGENTS, RUNS = 100_000, 3
FLEET = f"""version = 1
name = "storm"

[[group]]
name = "web"
count = {AGENTS}
tags = {{ Role = "web" }}
execution = {{ lognormal = {{ median = "4m", p99 = "15m" }} }}
outcomes = [{{ chance = 0.002, exit_code = 1 }}]

[group.output]
stdout = {{ lognormal = {{ median = 40000, p99 = 2000000 }} }}
stderr = {{ mixture = [{{ weight = 9, of = 0 }}, {{ weight = 1, of = 600 }}] }}
s3 = {{ latency = {{ lognormal = {{ median = "60ms", p99 = "800ms" }} }}, bytes_per_second = 20000000, failure = "1%" }}
logs = {{ latency = {{ lognormal = {{ median = "40ms", p99 = "400ms" }} }} }}

[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{{ Key = "tag:Role", Values = ["web"] }}]
Parameters = {{ commands = ["yum -y update"] }}
TimeoutSeconds = 7200
MaxConcurrency = "100%"
MaxErrors = "1%"
OutputS3BucketName = "outputs"
CloudWatchOutputConfig = {{ CloudWatchOutputEnabled = true }}
"""


def fault(kind):
    return f'\n[[fault]]\nkind = "{kind}"\nfrom = "2m"\nuntil = "32m"\n'


STORM = FLEET + fault("region-outage")
CASES = {
    "a clear day": (FLEET, []),
    "a storm": (STORM, []),
    "a storm, the rules left out": (STORM, ["--check", "none"]),
    "a storm, CloudWatch Logs out as well": (STORM + fault("logs-outage"), []),
}
work = tempfile.TemporaryDirectory()


def run(name, text, options):
    """Seconds of the clock, the peak of memory so far in MiB, and what came of it."""
    path = os.path.join(work.name, "storm.toml")
    open(path, "w").write(text)
    began = time.monotonic()
    done = subprocess.run([fleetsim, "run", path, "--format", "json", *options], stdout=subprocess.PIPE)
    seconds = time.monotonic() - began
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    if done.returncode not in (0, 1):
        sys.exit(f"{name}: exit code {done.returncode}")
    return seconds, memory, json.loads(done.stdout)


figures = {}
for name, (text, options) in CASES.items():
    runs = [run(name, text, options) for _ in range(RUNS)]
    summary = runs[0][2]
    assert len({outcome["digest"] for *_, outcome in runs}) == 1, "a run repeats itself"
    figures[name] = {
        "seconds": round(statistics.median(seconds for seconds, *_ in runs), 2),
        "peak_mib": max(memory for _, memory, _ in runs),
        "digest": summary["digest"],
        "verdict": summary.get("verdict"),
        "disconnected": (summary.get("faults") or {}).get("disconnected", 0),
        "put_calls": {store["store"]: store["calls"] for store in summary["uploads"]["stores"]},
    }
    print(name, json.dumps(figures[name]))

if record == "--record":
    result = {
        "what": f"whole runs of the program over {AGENTS:,} agents, one replication each; medians of {RUNS} runs",
        "command": "benches/storm.sh --record",
        "commit": commit,
        "seed": 1,
        "machine": {"system": platform.platform(), "processors": os.cpu_count()},
        **figures,
    }
    with open("results/storm.json", "w") as file:
        file.write(json.dumps(result, indent=2) + "\n")
PYTHON
