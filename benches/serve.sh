#!/usr/bin/env bash
# Measures the endpoint on one core, with one client, in one run: GetCommandInvocation with a million invocations stored, and its
# 99th percentile at 10,000 requests a second beside a bare server's; ListCommandInvocations; the answer to SendCommand over 100,000
# instances; memory, start-up, and the work of 100,000 instances at `--speed 60`; and moto's server beside it, of which the
# ratio counts. Needs wrk, oha (`cargo install --locked oha`) on the path or in OHA, and Python with venv; everything stays on
# loopback.
#
#   benches/serve.sh            print the figures
#   benches/serve.sh --record   also write them to results/serve.json
#
# FLEETSIM names a program that is built already, ECHO a bare server.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${FLEETSIM:-}" ]; then
    cargo build --release --locked --quiet
    FLEETSIM=target/release/fleetsim
fi
if [ -z "${ECHO:-}" ]; then
    ECHO=$(cargo bench --locked --bench echo --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))$/\1/p')
fi
python3 - "$FLEETSIM" "$ECHO" "${OHA:-oha}" "$(git describe --always --dirty --abbrev=12)" "${1:-}" <<'PYTHON'
import json, os, platform, re, subprocess, sys, tempfile, time, urllib.request

fleetsim, echo, oha, commit, record = sys.argv[1:]
CONNECTIONS, SECONDS, ROUNDS, COMMANDS, INSTANCES = 8, 5, 3, 10, 100_000
PACE = 10_000  # half of the rate that is demanded
FLEET = f"""version = 1
[[group]]
name = "web"
count = {INSTANCES}
tags = {{ Role = "web" }}
execution = "10s"
"""
SEND = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["true"]}}
TO_ALL = {**SEND, "Targets": [{"Key": "tag:Role", "Values": ["web"]}], "MaxConcurrency": "100%"}
work = tempfile.TemporaryDirectory()
servers = []


def start(command, line="listening"):
    """A server on the first core, and its address, told within so many milliseconds."""
    began = time.monotonic()
    server = subprocess.Popen(["taskset", "-c", "0", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    servers.append(server)
    told = server.stdout.readline()
    return server, re.search(r"http://[0-9.:]+", told).group(0), round((time.monotonic() - began) * 1000, 1)


def serve(*options):
    path = os.path.join(work.name, "fleet.toml")
    open(path, "w").write(FLEET)
    return start([fleetsim, "serve", path, "--listen", "127.0.0.1:0", *options])


def headers(operation):
    scope = "Credential=test/20260101/us-east-1/ssm/aws4_request, SignedHeaders=host, Signature=0"
    return {
        "X-Amz-Target": "AmazonSSM." + operation,
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": "AWS4-HMAC-SHA256 " + scope,
    }


def call(url, operation, body):
    request = urllib.request.Request(url + "/", json.dumps(body).encode(), headers(operation))
    return json.load(urllib.request.urlopen(request))


def control(url, route, body=None):
    request = urllib.request.Request(url + "/_fleetsim/" + route, json.dumps(body or {}).encode(), method="POST")
    urllib.request.urlopen(request).read()


def rate(url, operation, body):
    """Requests a second as fast as they go, and the 99th percentile then, by wrk; the middle one of three."""
    script = os.path.join(work.name, "post.lua")
    lines = [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers(operation).items()]
    open(script, "w").write("\n".join(["wrk.method = 'POST'", f"wrk.body = [[{json.dumps(body)}]]", *lines]))
    wrk = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s", script, url + "/"]
    found = []
    for _ in range(ROUNDS):
        said = subprocess.run(wrk, capture_output=True, text=True, check=True).stdout
        assert "Non-2xx" not in said, said
        found.append((float(re.search(r"Requests/sec: *([0-9.]+)", said)[1]), re.search(r"99% +(\S+)", said)[1]))
    return sorted(found)[ROUNDS // 2]


def p99_at(url, operation, body, pace):
    """The 99th percentile in microseconds at a steady pace, counted from when a request was due, by oha."""
    command = ["taskset", "-c", "1", oha, "-z", f"{SECONDS}s", "-c", str(CONNECTIONS), "-q", str(pace), "--latency-correction"]
    command += ["--no-tui", "--output-format", "json", "-m", "POST", "-d", json.dumps(body)]
    for name, value in headers(operation).items():
        command += ["-H", f"{name}: {value}"]
    said = json.loads(subprocess.run([*command, url + "/"], capture_output=True, text=True, check=True).stdout)
    return round(said["latencyPercentiles"]["p99"] * 1e6), round(said["summary"]["requestsPerSec"])


def memory(server, field="VmRSS"):
    return int(re.search(field + r":\s+(\d+)", open(f"/proc/{server.pid}/status").read())[1])


def work_of(server):
    fields = open(f"/proc/{server.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stored():
    """Speed and memory over a million invocations that are stored."""
    server, url, startup = serve("--speed", "max")
    control(url, "pause")
    before, answered = memory(server), []
    for _ in range(COMMANDS):
        began = time.monotonic()
        sent = call(url, "SendCommand", TO_ALL)
        answered.append(round((time.monotonic() - began) * 1000, 1))
        control(url, "advance", {"by_seconds": 3600})
    kept, most = memory(server) - before, memory(server, "VmHWM")
    command = sent["Command"]["CommandId"]
    told = call(url, "ListCommandInvocations", {"CommandId": command, "MaxResults": 1})
    one = {"CommandId": command, "InstanceId": told["CommandInvocations"][0]["InstanceId"]}
    get, p99 = rate(url, "GetCommandInvocation", one)
    lists, _ = rate(url, "ListCommandInvocations", {"CommandId": command, "MaxResults": 50})
    _, bare_url, _ = start([echo, "--bench"])
    bare, _ = rate(bare_url, "GetCommandInvocation", one)
    pairs = []
    for _ in range(ROUNDS):
        ours, done = p99_at(url, "GetCommandInvocation", one, PACE)
        theirs, bare_done = p99_at(bare_url, "GetCommandInvocation", one, PACE)
        pairs.append({"endpoint_us": ours, "bare_us": theirs, "ratio": round(ours / theirs, 2), "done": [done, bare_done]})
    ratios = sorted(pair["ratio"] for pair in pairs)
    return {
        "GetCommandInvocation, a million invocations stored, requests/s": round(get),
        "its p99 at full rate": p99,
        "a bare server, requests/s": round(bare),
        f"p99 at {PACE} requests/s": pairs,
        "its ratio to that of a bare server": ratios[ROUNDS // 2],
        "ListCommandInvocations of 50, requests/s": round(lists),
        "SendCommand to 100,000 instances answered after, ms": sorted(answered)[COMMANDS // 2],
        "bytes per stored invocation, fleet included": round(kept * 1024 / (COMMANDS * INSTANCES)),
        "most memory, MB": round(most / 1024),
        "start-up with 100,000 instances, ms": startup,
    }


def paced():
    """The share of a core that 100,000 instances take at `--speed 60`, all of them at work."""
    server, url, _ = serve("--speed", "60")
    call(url, "SendCommand", {**TO_ALL, "MaxConcurrency": "1000"})
    began, before = time.monotonic(), work_of(server)
    time.sleep(4 * SECONDS)
    share = (work_of(server) - before) / (time.monotonic() - began)
    return {"cores that 100,000 instances take at --speed 60": round(share, 3)}


def moto():
    venv = os.path.join(work.name, "venv")
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    subprocess.run([venv + "/bin/pip", "-q", "install", "moto[server]==5.2.5"], check=True)
    server = subprocess.Popen(
        ["taskset", "-c", "0", venv + "/bin/moto_server", "-H", "127.0.0.1", "-p", "8199"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    servers.append(server)
    url = "http://127.0.0.1:8199"
    for _ in range(100):
        try:
            urllib.request.urlopen(url + "/moto-api/").read()
            break
        except OSError:
            time.sleep(0.2)
    call(url, "SendCommand", {**SEND, "InstanceIds": ["i-12345678"]})
    return rate(url, "ListCommands", {})[0]


try:
    found = {
        "what": "the endpoint on one core, its clients on the other; moto's server in the same run",
        "command": "benches/serve.sh --record",
        "commit": commit,
        "machine": {"system": platform.platform(), "processors": os.cpu_count()},
        **stored(),
        **paced(),
    }
    found["moto: ListCommands, requests/s"] = round(moto())
    lists = found["ListCommandInvocations of 50, requests/s"]
    found["ListCommandInvocations to moto's ListCommands"] = round(lists / found["moto: ListCommands, requests/s"], 1)
    text = json.dumps(found, indent=2)
    print(text)
    if record == "--record":
        open("results/serve.json", "w").write(text + "\n")
finally:
    for server in servers:
        server.terminate()
    work.cleanup()
PYTHON
