"""The walkthrough of Run Command with the clients that people have: boto3 and the AWS CLI, against `PROGRAM serve`.

A topic has a listener over HTTP, an e-mail address and a queue; a command goes to tagged instances with rate control, and
what is polled, listed, notified and written to the history has to agree. Every answer is held against botocore's own model
before botocore reads it: no member and no value of an enumeration that the model does not know. Everything that is wrong is
printed at the end, and the exit code is 1.

Usage: clients.py PROGRAM
"""

import collections
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError
from clients_models import expect, faults, hold_against_model
from clients_servers import PATIENCE, expect_signed, serving, sinks, until, visit

REGION, ACCOUNT = "us-east-1", "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/publish-status"
WEB, LIMIT = 40, 5
SCENARIO = f"""
version = 1
name = "clients"
description = "Web servers of which some fail, and a few that always do."
region = "{REGION}"

[[group]]
name = "web"
count = {WEB}
tags = {{ Role = "web", Stage = "production" }}
delivery = {{ uniform = {{ min = "100ms", max = "1s" }} }}
execution = {{ uniform = {{ min = "15s", max = "40s" }} }}
outcomes = [{{ chance = 0.15, exit_code = 3 }}]

[[group]]
name = "brittle"
count = 6
tags = {{ Role = "brittle" }}
delivery = {{ constant = "100ms" }}
execution = {{ constant = "5s" }}
outcomes = [{{ chance = 1, exit_code = 1 }}]

[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{{ Key = "tag:Role", Values = ["web"] }}]
Parameters = {{ commands = ["uptime"] }}
"""
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
    "NO_PROXY": "*",
}


def main(program):
    os.environ.update(ENVIRONMENT)
    with (
        tempfile.TemporaryDirectory() as place,
        sinks() as (web, mail),
        serving(program, SCENARIO, place, mail.port) as url,
    ):
        walk = Walk(program, place, url, web, mail)
        steps = [
            walk.find_the_fleet,
            walk.subscribe,
            walk.catch_events,
            walk.send,
            walk.list,
            walk.get,
            walk.receive,
            walk.cancel,
            walk.stop_at_an_error,
            walk.use_the_command_line,
            walk.use_what_goes_with_it,
            walk.ask_for_what_is_not_there,
            walk.unsubscribe,
            walk.check_the_history,
        ]
        for step in steps:
            began = time.monotonic()
            try:
                step()
            except Exception:
                faults[f"{step.__name__} broke off\n{traceback.format_exc(limit=-3)}"] += 1
            print(f"{step.__name__}: {time.monotonic() - began:.1f} s", flush=True)
    print(f"{sum(walk.answers.values())} answers of {len(walk.answers)} operations held against their models")
    for fault, times in faults.items():
        print(f"FAULT ({times}x): {fault}")
    return 1 if faults else 0


class Walk:
    """The steps, each of which builds on those before it."""

    def __init__(self, program, place, url, web, mail):
        self.program, self.place, self.url, self.web, self.mail = program, place, url, web, mail
        self.answers = collections.Counter()
        for name in ["ssm", "sns", "sqs", "events"]:
            client = boto3.client(name, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))
            client.meta.events.register("before-parse", self.hold_against_model)
            setattr(self, name, client)

    def hold_against_model(self, operation_model, response_dict, **_):
        """Called with each answer before botocore reads it."""
        operation = f"{operation_model.service_model.service_name} {operation_model.name}"
        self.answers[operation] += 1
        hold_against_model(operation, operation_model, response_dict)

    def find_the_fleet(self):
        pages = self.ssm.get_paginator("describe_instance_information").paginate(
            Filters=[{"Key": "tag:Role", "Values": ["web"]}], PaginationConfig={"PageSize": 7}
        )
        fleet = [one for page in pages for one in page["InstanceInformationList"]]
        self.fleet = sorted(one["InstanceId"] for one in fleet)
        expect(len(set(self.fleet)) == len(fleet) == WEB, "DescribeInstanceInformation lists the web servers", len(fleet))
        expect(all(one["PingStatus"] == "Online" for one in fleet), "all of them are Online", fleet)
        document = self.ssm.describe_document(Name="AWS-RunShellScript")["Document"]
        expect(document["DocumentType"] == "Command", "AWS-RunShellScript is a Command document", document)
        expect("commands" in [one["Name"] for one in document["Parameters"]], "it has the parameter commands", document)
        content = json.loads(self.ssm.get_document(Name="AWS-RunShellScript")["Content"])
        expect("mainSteps" in content or "runtimeConfig" in content, "its content is a document", content)

    def subscribe(self):
        self.topic = self.sns.create_topic(Name="rollout")["TopicArn"]
        expect(self.topic == f"arn:aws:sns:{REGION}:{ACCOUNT}:rollout", "CreateTopic gives the ARN", self.topic)
        self.queue, self.queue_arn = self.new_queue("rollout")
        subscribed = {}
        for protocol, endpoint in [
            ("http", self.web.url),
            ("email", "ops@example.com"),
            ("sqs", self.queue_arn),
        ]:
            subscribed[protocol] = self.sns.subscribe(TopicArn=self.topic, Protocol=protocol, Endpoint=endpoint)
        for protocol in ["http", "email"]:
            arn = subscribed[protocol]["SubscriptionArn"]
            expect(arn == "pending confirmation", f"Subscribe {protocol} is pending confirmation", arn)
        confirmed = self.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self.topic)

        def all_are_confirmed():
            self.confirm_by_mail()
            self.subscriptions = {one["Protocol"]: one for page in confirmed for one in page["Subscriptions"]}
            return all(one["SubscriptionArn"].startswith(self.topic) for one in self.subscriptions.values())

        expect(until(all_are_confirmed), "the subscriptions are confirmed", self.subscriptions)
        expect(sorted(self.subscriptions) == ["email", "http", "sqs"], "three of them", self.subscriptions)
        expect(
            subscribed["sqs"]["SubscriptionArn"] == self.subscriptions["sqs"]["SubscriptionArn"],
            "Subscribe sqs tells the ARN that is listed",
            subscribed["sqs"],
        )
        attributes = self.sns.get_topic_attributes(TopicArn=self.topic)["Attributes"]
        counts = attributes["SubscriptionsConfirmed"], attributes["SubscriptionsPending"]
        expect(counts == ("3", "0"), "GetTopicAttributes counts 3 confirmed and 0 pending", attributes)
        kinds = [one["type"] for one in self.web.requests]
        expect(kinds == ["SubscriptionConfirmation"], "the listener got one request to confirm", kinds)
        arn = self.subscriptions["http"]["SubscriptionArn"]
        attributes = self.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        expect(attributes["PendingConfirmation"] == "false", "GetSubscriptionAttributes says confirmed", attributes)
        expect(attributes["Endpoint"] == self.web.url, "GetSubscriptionAttributes has the endpoint", attributes)

    def confirm_by_mail(self):
        """Follows the links of letters that nobody followed yet."""
        for letter in self.mail.letters:
            link = re.search(r'https?://[^\s<>"]*ConfirmSubscription[^\s<>"]*', letter["text"])
            if link and not letter.get("followed"):
                letter["followed"] = True
                visit(link.group(0).replace("&amp;", "&"))

    def new_queue(self, name):
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        services = ["sns.amazonaws.com", "events.amazonaws.com"]
        statement = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sqs:SendMessage", "Resource": arn}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        url = self.sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
        expect(self.sqs.get_queue_url(QueueName=name)["QueueUrl"] == url, "GetQueueUrl and CreateQueue agree", url)
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        expect(attributes["QueueArn"] == arn, "GetQueueAttributes has QueueArn", attributes)
        expect(json.loads(attributes.get("Policy", "{}")) == policy, "GetQueueAttributes has Policy", attributes)
        return url, arn

    def catch_events(self):
        pattern = {
            "source": ["aws.ssm"],
            "detail-type": ["EC2 Command Status-change Notification"],
            "detail": {"status": ["InProgress", "Success", "Failed", "Cancelled", "TimedOut"]},
        }
        rule = self.events.put_rule(Name="commands", EventPattern=json.dumps(pattern), State="ENABLED")["RuleArn"]
        expect(rule == f"arn:aws:events:{REGION}:{ACCOUNT}:rule/commands", "PutRule gives the ARN", rule)
        self.event_queue, self.event_queue_arn = self.new_queue("events")
        arn = self.event_queue_arn
        failed = self.events.put_targets(Rule="commands", Targets=[{"Id": "queue", "Arn": arn}])
        expect(failed["FailedEntryCount"] == 0 and failed["FailedEntries"] == [], "PutTargets takes the queue", failed)
        targets = self.events.list_targets_by_rule(Rule="commands")["Targets"]
        expect(targets == [{"Id": "queue", "Arn": arn}], "ListTargetsByRule has the queue", targets)
        described = self.events.describe_rule(Name="commands")
        expect(json.loads(described["EventPattern"]) == pattern, "DescribeRule has the pattern", described)
        expect(described["State"] == "ENABLED", "DescribeRule says ENABLED", described)
        names = [one["Name"] for one in self.events.list_rules(NamePrefix="comm")["Rules"]]
        expect(names == ["commands"], "ListRules has the rule", names)

    def send_command(self, role, **more):
        return self.ssm.send_command(
            DocumentName="AWS-RunShellScript",
            Targets=[{"Key": "tag:Role", "Values": [role]}],
            Parameters={"commands": ["systemctl restart app"], "executionTimeout": ["600"]},
            TimeoutSeconds=3600,
            NotificationConfig={
                "NotificationArn": self.topic,
                "NotificationEvents": ["All"],
                "NotificationType": "Invocation",
            },
            ServiceRoleArn=ROLE,
            **more,
        )["Command"]

    def send(self):
        command = self.send_command("web", MaxConcurrency=str(LIMIT), MaxErrors="100%", Comment="restart")
        self.id = command["CommandId"]
        expect(command["Status"] in ["Pending", "InProgress"], "a command begins Pending", command)
        given = command["MaxConcurrency"], command["MaxErrors"], command["Comment"], command["ServiceRole"]
        expect(given == (str(LIMIT), "100%", "restart", ROLE), "SendCommand gives back what it took", command)
        expect(command["NotificationConfig"]["NotificationType"] == "Invocation", "its NotificationConfig", command)
        seen = collections.Counter()

        def is_over():
            invocations = self.ssm.list_command_invocations(CommandId=self.id, MaxResults=50)["CommandInvocations"]
            statuses = collections.Counter(one["Status"] for one in invocations)
            seen.update(statuses.keys())
            expect(statuses["InProgress"] <= LIMIT, f"at most {LIMIT} are InProgress", statuses)
            command = self.command(self.id)
            self.progress.append((command["CompletedCount"], command["ErrorCount"]))
            return command["Status"] not in ["Pending", "InProgress"]

        self.progress = []
        waited_for = self.invocations(self.id)[0]["InstanceId"]
        watcher = threading.Thread(target=self.wait_for, args=[waited_for])
        watcher.start()
        expect(until(is_over, 0.05), "the command comes to its end", self.command(self.id))
        watcher.join()
        expect(len(set(self.progress)) > 5, "its counts grow little by little", self.progress)
        expect(self.progress == sorted(self.progress), "its counts never fall", self.progress)
        expect(seen["InProgress"] and seen["Success"], "polling sees InProgress and Success", seen)

    def wait_for(self, instance):
        """Waits as the SDK does, and asks whether the waiter's verdict is the status."""
        waiter = self.ssm.get_waiter("command_executed")
        try:
            waiter.wait(CommandId=self.id, InstanceId=instance, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})
            verdict = "Success"
        except WaiterError as error:
            verdict = error.last_response["Status"]
        got = self.ssm.get_command_invocation(CommandId=self.id, InstanceId=instance)["Status"]
        expect(got == verdict, "the waiter says what GetCommandInvocation says", verdict, got)

    def command(self, command_id):
        commands = self.ssm.list_commands(CommandId=command_id)["Commands"]
        expect(len(commands) == 1, "ListCommands with CommandId has one", commands)
        return commands[0]

    def invocations(self, command_id, **more):
        pages = self.ssm.get_paginator("list_command_invocations").paginate(
            CommandId=command_id, PaginationConfig={"PageSize": 11}, **more
        )
        return [one for page in pages for one in page["CommandInvocations"]]

    def list(self):
        self.details = {one["InstanceId"]: one for one in self.invocations(self.id, Details=True)}
        expect(sorted(self.details) == self.fleet, "ListCommandInvocations lists the fleet", sorted(self.details))
        statuses = collections.Counter(one["Status"] for one in self.details.values())
        expect(sorted(statuses) == ["Failed", "Success"], "some fail and most do not", statuses)
        command = self.command(self.id)
        counts = command["TargetCount"], command["CompletedCount"], command["ErrorCount"]
        expect(counts == (WEB, WEB, statuses["Failed"]), "ListCommands counts what is listed", counts, statuses)
        for one in self.details.values():
            plugin = one["CommandPlugins"][0]
            expect(one["NotificationConfig"]["NotificationArn"] == self.topic, "an invocation tells the topic", one)
            expect((one["ServiceRole"], one["Comment"]) == (ROLE, "restart"), "its role and comment", one)
            expect(plugin["Name"] == "aws:runShellScript", "the plugin's name", plugin)
            expect(plugin["Status"] == one["Status"], "the plugin's status is the invocation's", one)
            expect(plugin["ResponseCode"] == (0 if one["Status"] == "Success" else 3), "its ResponseCode", one)
        short = self.invocations(self.id)
        expect(all(not one.get("CommandPlugins") for one in short), "without Details there are no plugins", short[:1])
        failed = self.invocations(self.id, Filters=[{"key": "Status", "value": "Failed"}])
        expect(len(failed) == statuses["Failed"], "the filter Status takes Failed ones", len(failed), statuses)
        pages = list(self.ssm.get_paginator("list_commands").paginate(PaginationConfig={"PageSize": 1}))
        listed = [one["CommandId"] for page in pages for one in page["Commands"]]
        expect(self.id in listed, "ListCommands by pages has the command", listed)

    def get(self):
        spans = []
        for instance, listed in self.details.items():
            got = self.ssm.get_command_invocation(CommandId=self.id, InstanceId=instance)
            expect(got["Status"] == listed["Status"], "GetCommandInvocation's Status", got, listed)
            expect(got["StatusDetails"] == listed["StatusDetails"], "its StatusDetails", got, listed)
            expect(got["ResponseCode"] == listed["CommandPlugins"][0]["ResponseCode"], "its ResponseCode", got)
            expect(re.fullmatch(r"PT\d+(\.\d+)?S|PT\d+M.*", got["ExecutionElapsedTime"]), "its elapsed time", got)
            which = {"CommandId": self.id, "InstanceId": instance, "PluginName": "aws:runShellScript"}
            plugin = self.ssm.get_command_invocation(**which)
            plugin.pop("ResponseMetadata"), got.pop("ResponseMetadata")
            expect(plugin == got, "PluginName of the only plugin changes nothing", plugin, got)
            spans += [(got["ExecutionStartDateTime"], 1), (got["ExecutionEndDateTime"], -1)]
        at_once = max(itertools.accumulate(step for _, step in sorted(spans)))
        expect(1 < at_once <= LIMIT, f"executions at once, by their times: at most {LIMIT}", at_once)
        for status, raises in [("Success", False), ("Failed", True)]:
            instance = next(one["InstanceId"] for one in self.details.values() if one["Status"] == status)
            try:
                self.ssm.get_waiter("command_executed").wait(CommandId=self.id, InstanceId=instance)
                raised = False
            except WaiterError as error:
                raised = "terminal failure state" in str(error)
            expect(raised == raises, f"the waiter's verdict on {status}", raised)

    def receive(self):
        told = self.told_of(self.id, self.details.values())
        self.expect_messages(self.id, told, "1")
        statuses = self.receive_events(self.id, 2)
        expect(statuses == ["InProgress", self.command(self.id)["Status"]], "events of the command", statuses)

    def told_of(self, command_id, invocations):
        """What the topic should tell: how each invocation began, and how it ended."""
        began = {"Success", "Failed", "TimedOut"}
        return sorted(
            (command_id, one["InstanceId"], status)
            for one in invocations
            for status in (["InProgress"] if one["Status"] in began else []) + [one["Status"]]
        )

    def expect_messages(self, command_id, told, version):
        """The same messages by HTTP, e-mail and SQS, each once, and those by HTTP and SQS signed."""
        queued = []
        until(lambda: queued.extend(self.drain(self.queue)) or len(queued) >= len(told))

        def of_command(envelopes):
            return [one for one in envelopes if json.loads(one["Message"])["commandId"] == command_id]

        def posted():
            return of_command(one["body"] for one in self.web.requests if one["type"] == "Notification")

        def mailed():
            texts = [found.group(0) for letter in self.mail.letters if (found := re.search(r"\{.*\}", letter["text"]))]
            return [one for text in texts if (one := json.loads(text))["commandId"] == command_id]

        until(lambda: len(posted()) >= len(told) and len(mailed()) >= len(told))
        time.sleep(0.5)
        queued += self.drain(self.queue)
        by_way = {
            "HTTP": [json.loads(one["Message"]) for one in posted()],
            "SQS": [json.loads(one["Message"]) for one in of_command(queued)],
            "e-mail": mailed(),
        }
        for way, messages in by_way.items():
            came = collections.Counter((one["commandId"], one["instanceId"], one["status"]) for one in messages)
            missing, more = collections.Counter(told) - came, came - collections.Counter(told)
            expect(not missing and not more, f"{way} brings each message once: missing, too many", missing, more)
        ids = [sorted(one["MessageId"] for one in way) for way in [posted(), of_command(queued)]]
        expect(ids[0] == ids[1], "HTTP and SQS bring the same MessageIds")
        for envelope in posted() + of_command(queued):
            expect(envelope["Type"] == "Notification" and envelope["TopicArn"] == self.topic, "the envelope", envelope)
            expect(envelope["SignatureVersion"] == version, "its SignatureVersion", envelope)
            expect_signed(envelope)

    def drain(self, queue):
        """Takes everything out of a queue."""
        bodies = []
        while messages := self.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            bodies += [json.loads(one["Body"]) for one in messages]
            entries = [{"Id": str(i), "ReceiptHandle": one["ReceiptHandle"]} for i, one in enumerate(messages)]
            deleted = self.sqs.delete_message_batch(QueueUrl=queue, Entries=entries)
            expect(len(deleted["Successful"]) == len(messages), "DeleteMessageBatch deletes all", deleted)
        return bodies

    def receive_events(self, command_id, count):
        """The statuses in the events of a command, in the order of their times."""
        events = []

        def have_come():
            events.extend(one for one in self.drain(self.event_queue) if one["detail"]["command-id"] == command_id)
            return len(events) >= count

        until(have_come)
        for event in events:
            given = event["source"], event["detail-type"], event["account"], event["region"], event["version"]
            wanted = ("aws.ssm", "EC2 Command Status-change Notification", ACCOUNT, REGION, "0")
            expect(given == wanted, "the envelope of an event", event)
            expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["time"]), "its time", event)
            expect(event["detail"]["document-name"] == "AWS-RunShellScript", "its document-name", event)
        order = ["InProgress", "Success", "Failed", "Cancelled", "TimedOut"]
        return sorted((event["detail"]["status"] for event in events), key=order.index)

    def cancel(self):
        self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName="SignatureVersion", AttributeValue="2")
        command_id = self.send_command("web", MaxConcurrency="3", MaxErrors="100%")["CommandId"]
        running = []

        def some_are_running():
            running[:] = [one for one in self.invocations(command_id) if one["Status"] == "InProgress"]
            return running

        until(some_are_running, 0.01)
        # Whatever is left open is no breach of a rule.
        self.judge_the_history([0, 4])
        self.ssm.cancel_command(CommandId=command_id)
        statuses = []

        def is_over():
            statuses.append(self.command(command_id)["Status"])
            return statuses[-1] not in ["Pending", "InProgress", "Cancelling"]

        until(is_over, 0.05)
        expect(statuses[-1] == "Cancelled", "a cancelled command ends Cancelled", statuses)
        over = self.invocations(command_id)
        ends = collections.Counter(one["Status"] for one in over)
        expect(ends["Cancelled"] > WEB / 2, "most are Cancelled", ends)
        sent = [one["InstanceId"] for one in running]
        never_sent = next(
            one["InstanceId"] for one in over if one["InstanceId"] not in sent and one["Status"] == "Cancelled"
        )
        try:
            self.ssm.get_waiter("command_executed").wait(CommandId=command_id, InstanceId=never_sent)
            expect(False, "the waiter gives up on a cancelled invocation")
        except WaiterError as error:
            expect(error.last_response.get("Status") == "Cancelled", "the waiter sees Cancelled", error)
        time.sleep(2)
        self.expect_signed_since(command_id, "2", ends)
        told = self.receive_events(command_id, 2)
        expect(told == ["InProgress", "Cancelled"], "events of the cancelled command", told)

    def expect_signed_since(self, command_id, version, ends):
        """The messages by HTTP and SQS have this signature and tell every end once."""
        queued = [one for one in self.drain(self.queue) if json.loads(one["Message"])["commandId"] == command_id]
        posted = [one["body"] for one in self.web.requests if one["type"] == "Notification"]
        posted = [one for one in posted if json.loads(one["Message"])["commandId"] == command_id]
        for way, envelopes in [("HTTP", posted), ("SQS", queued)]:
            told = collections.Counter(json.loads(one["Message"])["status"] for one in envelopes)
            told.pop("InProgress", None)
            expect(told == ends, f"{way} tells every end of the cancelled command", told, ends)
            for envelope in envelopes:
                expect(envelope["SignatureVersion"] == version, "the SignatureVersion that was set", envelope)
                expect_signed(envelope)

    def stop_at_an_error(self):
        command_id = self.send_command("brittle", MaxConcurrency="1", MaxErrors="1")["CommandId"]
        is_over = lambda: self.command(command_id)["Status"] not in ["Pending", "InProgress"]
        until(is_over)
        command = self.command(command_id)
        expect((command["Status"], command["ErrorCount"]) == ("Failed", 2), "MaxErrors 1 stops at the second error", command)
        details = collections.Counter(one["StatusDetails"] for one in self.invocations(command_id))
        expect(details["Failed"] == 2 and details["Terminated"] == 4, "two fail, four are Terminated", details)

    def aws(self, *arguments):
        """What the AWS CLI prints, as it reads it."""
        aws = Path(sys.executable).parent / "aws"
        call = [aws, *arguments, "--endpoint-url", self.url, "--output", "json"]
        done = subprocess.run(call, capture_output=True, text=True, timeout=PATIENCE)
        said = f"aws {' '.join(arguments)}"
        expect(done.returncode == 0, said, done.returncode, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def use_the_command_line(self):
        commands = self.aws("ssm", "list-commands", "--filters", "key=DocumentName,value=AWS-RunShellScript")["Commands"]
        expect(self.id in [one["CommandId"] for one in commands], "aws ssm list-commands has the command", commands)
        given = ["--document-name", "AWS-RunShellScript", "--targets", "Key=tag:Role,Values=web"]
        given += ["--parameters", "commands=uptime", "--max-concurrency", "25%", "--max-errors", "100%"]
        given += ["--service-role-arn", ROLE, "--notification-config"]
        given += [f"NotificationArn={self.topic},NotificationEvents=Failed,Success,NotificationType=Command"]
        command_id = self.aws("ssm", "send-command", *given)["Command"]["CommandId"]
        self.drain(self.queue)
        until(lambda: self.command(command_id)["Status"] not in ["Pending", "InProgress"])
        listed = self.aws("ssm", "list-command-invocations", "--command-id", command_id, "--details", "--page-size", "9")
        invocations = listed["CommandInvocations"]
        expect(len(invocations) == WEB, "aws ssm list-command-invocations has all", len(invocations))
        well = next(one["InstanceId"] for one in invocations if one["Status"] == "Success")
        which = ["--command-id", command_id, "--instance-id", well]
        self.aws("ssm", "wait", "command-executed", *which)
        got = self.aws("ssm", "get-command-invocation", *which)
        expect(got["Status"] == "Success", "aws ssm get-command-invocation", got)
        topics = self.aws("sns", "list-topics")["Topics"]
        expect(topics == [{"TopicArn": self.topic}], "aws sns list-topics has the topic", topics)
        how = ["--queue-url", self.queue, "--wait-time-seconds", "20", "--max-number-of-messages", "10"]
        messages = self.aws("sqs", "receive-message", *how)
        messages = [json.loads(json.loads(one["Body"])["Message"]) for one in messages.get("Messages", [])]
        of_command = [one["status"] for one in messages if one["commandId"] == command_id]
        status = self.command(command_id)["Status"]
        expect(of_command == [status], "aws sqs receive-message brings the one message of the command", messages)
        pattern = json.dumps({"source": ["aws.ssm"], "detail": {"status": [{"anything-but": "Success"}]}})
        rule = self.aws("events", "put-rule", "--name", "by-hand", "--event-pattern", pattern)
        expect(rule["RuleArn"].endswith(":rule/by-hand"), "aws events put-rule", rule)
        for status, matches in [("Failed", True), ("Success", False)]:
            event = {
                "id": "1", "detail-type": "x", "source": "aws.ssm", "account": ACCOUNT, "region": REGION,
                "time": "2026-01-01T00:00:00Z", "resources": [], "detail": {"status": status},
            }
            said = self.aws("events", "test-event-pattern", "--event-pattern", pattern, "--event", json.dumps(event))
            expect(said == {"Result": matches}, "aws events test-event-pattern", status, said)

    def use_what_goes_with_it(self):
        self.keep_a_document()
        self.publish_by_hand()
        self.put_events()

    def keep_a_document(self):
        step = {"action": "aws:runShellScript", "name": "run", "inputs": {"runCommand": ["uptime"]}}
        content = {"schemaVersion": "2.2", "description": "Uptime", "mainSteps": [step]}
        tags = [{"Key": "Team", "Value": "web"}]
        made = self.ssm.create_document(Content=json.dumps(content), Name="uptime", DocumentType="Command", Tags=tags)
        expect(made["DocumentDescription"]["Status"] in ["Creating", "Active"], "CreateDocument", made)
        got = self.ssm.get_document(Name="uptime")
        expect(json.loads(got["Content"]) == content, "GetDocument has the content", got)
        owned = self.ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
        expect([one["Name"] for one in owned] == ["uptime"], "ListDocuments has what is mine", owned)
        which = {"ResourceType": "Document", "ResourceId": "uptime"}
        self.ssm.add_tags_to_resource(**which, Tags=[{"Key": "Stage", "Value": "test"}])
        self.ssm.remove_tags_from_resource(**which, TagKeys=["Team"])
        tags = self.ssm.list_tags_for_resource(**which)["TagList"]
        expect(tags == [{"Key": "Stage", "Value": "test"}], "ListTagsForResource", tags)
        command = self.ssm.send_command(DocumentName="uptime", InstanceIds=self.fleet[:2])["Command"]
        expect(sorted(command["InstanceIds"]) == self.fleet[:2], "SendCommand tells the InstanceIds", command)
        expect(command["TargetCount"] == 2, "and counts them", command)
        until(lambda: self.command(command["CommandId"])["CompletedCount"] == 2)
        self.ssm.delete_document(Name="uptime")

    def publish_by_hand(self):
        subscription = self.subscriptions["sqs"]["SubscriptionArn"]
        for name, value in [("RawMessageDelivery", "true"), ("FilterPolicy", '{"stage": ["test"]}')]:
            self.sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName=name, AttributeValue=value)
        stage = lambda value: {"stage": {"DataType": "String", "StringValue": value}}
        self.drain(self.queue)
        self.sns.publish(TopicArn=self.topic, Message='{"commandId": "one"}', MessageAttributes=stage("test"))
        entries = [
            {"Id": "two", "Message": '{"commandId": "two"}', "MessageAttributes": stage("other")},
            {"Id": "three", "Message": '{"commandId": "three"}', "MessageAttributes": stage("test")},
        ]
        batch = self.sns.publish_batch(TopicArn=self.topic, PublishBatchRequestEntries=entries)
        expect(sorted(one["Id"] for one in batch["Successful"]) == ["three", "two"], "PublishBatch takes both", batch)
        came = []
        until(lambda: came.extend(self.drain(self.queue)) or len(came) >= 2)
        came = sorted(one["commandId"] for one in came)
        expect(came == ["one", "three"], "the filter policy lets two of three pass, raw", came)

    def put_events(self):
        pattern = {"source": ["deploy"], "detail": {"status": [{"prefix": "Fail"}]}}
        self.events.put_rule(Name="own", EventPattern=json.dumps(pattern))
        self.events.put_targets(Rule="own", Targets=[{"Id": "queue", "Arn": self.event_queue_arn}])
        self.drain(self.event_queue)
        entries = [
            {"Source": "deploy", "DetailType": "Deployed", "Detail": json.dumps({"status": status})}
            for status in ["Failed", "Fine"]
        ]
        put = self.events.put_events(Entries=entries)
        expect(put["FailedEntryCount"] == 0 and all("EventId" in one for one in put["Entries"]), "PutEvents", put)
        came = []
        until(lambda: came.extend(self.drain(self.event_queue)) or came)
        mine = [(one["id"], one["detail"]) for one in came if one["source"] == "deploy"]
        expect(mine == [(put["Entries"][0]["EventId"], {"status": "Failed"})], "the rule lets one of two pass", came)
        self.events.remove_targets(Rule="own", Ids=["queue"])
        self.events.delete_rule(Name="own")

    def ask_for_what_is_not_there(self):
        nothing = "00000000-0000-4000-8000-000000000000"
        queue = self.queue.replace("rollout", "nothing")
        invocation = {"CommandId": self.id, "InstanceId": self.fleet[0]}
        request = {"DocumentName": "AWS-RunShellScript", "InstanceIds": self.fleet[:1], "Parameters": {"commands": ["ls"]}}
        cases = [
            ("InvocationDoesNotExist", self.ssm.get_command_invocation, {**invocation, "CommandId": nothing}),
            ("InvalidCommandId", self.ssm.cancel_command, {"CommandId": nothing}),
            ("InvalidPluginName", self.ssm.get_command_invocation, {**invocation, "PluginName": "nothing"}),
            ("InvalidDocument", self.ssm.send_command, {**request, "DocumentName": "Nothing"}),
            ("InvalidInstanceId", self.ssm.send_command, {**request, "InstanceIds": ["i-00000000000000000"]}),
            ("InvalidParameters", self.ssm.send_command, {**request, "Parameters": {"nothing": ["x"]}}),
            ("InvalidNextToken", self.ssm.list_commands, {"NextToken": "nothing"}),
            ("InvalidDocument", self.ssm.get_document, {"Name": "Nothing"}),
            ("NotFound", self.sns.get_topic_attributes, {"TopicArn": self.topic + "-not"}),
            ("InvalidParameter", self.sns.subscribe, {"TopicArn": self.topic, "Protocol": "pigeon", "Endpoint": "x"}),
            ("AWS.SimpleQueueService.NonExistentQueue", self.sqs.receive_message, {"QueueUrl": queue}),
            ("ResourceNotFoundException", self.events.describe_rule, {"Name": "nothing"}),
            ("InvalidEventPatternException", self.events.put_rule, {"Name": "bad", "EventPattern": "{"}),
        ]
        for code, call, arguments in cases:
            try:
                answer = call(**arguments)
                expect(False, f"{call.__name__}({arguments}) is refused with {code}", answer)
            except ClientError as error:
                got = error.response["Error"]["Code"]
                expect(got == code, f"{call.__name__}({arguments}) is refused with {code}", error)
        try:
            self.ssm.list_associations()
            expect(False, "an operation that is not there is refused")
        except ClientError as error:
            expect("SendCommand" in str(error), "the refusal says what is supported", error)

    def unsubscribe(self):
        for one in self.subscriptions.values():
            self.sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
        left = self.sns.list_subscriptions_by_topic(TopicArn=self.topic)["Subscriptions"]
        expect(left == [], "Unsubscribe leaves none", left)
        self.events.remove_targets(Rule="commands", Ids=["queue"])
        for rule in ["commands", "by-hand"]:
            self.events.delete_rule(Name=rule)
        expect(self.events.list_rules()["Rules"] == [], "DeleteRule leaves none")
        for queue in [self.queue, self.event_queue]:
            self.sqs.delete_queue(QueueUrl=queue)
        expect(not self.sqs.list_queues().get("QueueUrls"), "DeleteQueue leaves none")
        self.sns.delete_topic(TopicArn=self.topic)
        expect(self.sns.list_topics()["Topics"] == [], "DeleteTopic leaves none")

    def check_the_history(self):
        ends = collections.defaultdict(dict)
        for line in self.judge_the_history([0]).read_text().splitlines():
            record = json.loads(line)
            if record.get("fact") == "InvocationEnded":
                ends[record["command"]][record["instance"]] = record["status"]
        listed = {instance: one["Status"] for instance, one in self.details.items()}
        expect(listed in ends.values(), "the history ends as ListCommandInvocations does", listed, ends)

    def judge_the_history(self, codes):
        history = Path(self.place) / "history.jsonl"
        history.write_bytes(visit(f"{self.url}/_fleetsim/history"))
        said = subprocess.run([self.program, "check", history], capture_output=True, text=True, timeout=PATIENCE)
        expect(said.returncode in codes, f"fleetsim check says {codes}", said.returncode, said.stdout, said.stderr)
        return history


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
