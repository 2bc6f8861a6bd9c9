"""Outputs of commands, put by the server into the S3 and the CloudWatch Logs of moto, and read back with boto3."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

os.environ["NO_PROXY"] = "127.0.0.1"

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

PREFIX = "one two/a+b=c/\u00e4"
SIZE = 900_000
SCENARIO = f"""
version = 1
[[group]]
name = "web"
count = 3
tags = {{ Role = "web" }}
execution = "10s"
[group.output]
stdout = {SIZE}
stderr = 70
"""


def expect(holds, what, *found):
    if not holds:
        sys.exit(f"expected: {what}; found: {found}")


def client(service, url):
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0})
    return boto3.client(service, endpoint_url=url, config=config, **keys)


def visit(url, body=None):
    request = urllib.request.Request(url, data=None if body is None else json.dumps(body).encode())
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        return answer.read().decode()


def wait_for_puts(url, count):
    """Waits until each store has so many streams."""
    wanted = [f'fleetsim_outputs_total{{store="{store}",result="done"}} {count}' for store in ("s3", "logs")]
    end = time.monotonic() + 60
    while True:
        metrics = visit(f"{url}/_fleetsim/metrics").splitlines()
        if all(line in metrics for line in wanted):
            return
        found = [line for line in metrics if line.startswith("fleetsim_outputs")]
        expect(time.monotonic() < end, wanted, found)
        time.sleep(0.1)


def main(program, place):
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    outside = f"http://{host}:{port}"
    scenario = Path(place) / "fleet.toml"
    scenario.write_text(SCENARIO)
    options = ["--listen", "127.0.0.1:0", "--s3-endpoint", outside, "--logs-endpoint", outside]
    server = subprocess.Popen([program, "serve", scenario, *options], stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://[^;\s]+", server.stdout.readline()).group()
        walk(url, outside)
    finally:
        server.kill()
        server.wait()
        moto.stop()


def walk(url, outside):
    ssm, s3, logs = client("ssm", url), client("s3", outside), client("logs", outside)
    s3.create_bucket(Bucket="outputs")
    command = ssm.send_command(
        DocumentName="AWS-RunShellScript",
        Targets=[{"Key": "tag:Role", "Values": ["web"]}],
        Parameters={"commands": ["true"]},
        OutputS3BucketName="outputs",
        OutputS3KeyPrefix=PREFIX,
        CloudWatchOutputConfig={"CloudWatchOutputEnabled": True, "CloudWatchLogGroupName": "/fleet/runs"},
    )["Command"]["CommandId"]
    visit(f"{url}/_fleetsim/advance", {"by_seconds": 3600})
    wait_for_puts(url, 6)
    listed = ssm.list_command_invocations(CommandId=command)["CommandInvocations"]
    instances = sorted(one["InstanceId"] for one in listed)
    expect(len(instances) == 3, "three instances", instances)

    sizes = {"stdout": SIZE, "stderr": 70}
    folder = f"{PREFIX}/{command}"
    keys = {f"{folder}/{one}/awsrunShellScript/0.awsrunShellScript/{name}" for one in instances for name in sizes}
    found = {one["Key"] for one in s3.list_objects_v2(Bucket="outputs")["Contents"]}
    expect(found == keys, keys, found)
    for key in sorted(keys):
        instance, name = key.split("/")[-4], key.split("/")[-1]
        told = ssm.get_command_invocation(CommandId=command, InstanceId=instance)["StandardOutputContent"]
        text = (told * (1 + sizes[name] // len(told)))[: sizes[name]]
        kept = s3.get_object(Bucket="outputs", Key=key)
        expect(kept["ContentType"] == "text/plain", "text/plain", kept["ContentType"])
        expect(kept["Body"].read().decode() == text, f"{sizes[name]} bytes of {told!r} in {key}")
        stream = f"{command}/{instance}/aws-runShellScript/{name}"
        events = logs.get_log_events(logGroupName="/fleet/runs", logStreamName=stream, startFromHead=True)["events"]
        expect("".join(event["message"] for event in events) == text, f"the same in {stream}", len(events))


main(*sys.argv[1:])
