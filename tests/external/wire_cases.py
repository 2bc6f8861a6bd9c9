"""Makes cases for the wire layer with botocore, or judges what came of them.

make FILE SERVICE…   real requests of every operation, with every field filled, and answers with every field filled
judge FILE           reads the answers that our code wrote of them with botocore's own parsers
Each case is one JSON line.
"""

import base64
import datetime
import json
import re
import sys

import botocore.awsrequest
import botocore.parsers
import botocore.session

OPERATIONS = {
    "ssm": """SendCommand CancelCommand ListCommands ListCommandInvocations GetCommandInvocation
        DescribeInstanceInformation ListDocuments DescribeDocument GetDocument CreateDocument DeleteDocument
        AddTagsToResource ListTagsForResource RemoveTagsFromResource""",
    "sns": """CreateTopic DeleteTopic ListTopics GetTopicAttributes SetTopicAttributes TagResource UntagResource
        ListTagsForResource Subscribe ConfirmSubscription Unsubscribe ListSubscriptions ListSubscriptionsByTopic
        GetSubscriptionAttributes SetSubscriptionAttributes Publish PublishBatch""",
    "sqs": """CreateQueue GetQueueUrl GetQueueAttributes SetQueueAttributes ListQueues PurgeQueue DeleteQueue TagQueue
        UntagQueue ListQueueTags SendMessage ReceiveMessage DeleteMessage ChangeMessageVisibility SendMessageBatch
        DeleteMessageBatch""",
    "events": """CreateEventBus DeleteEventBus DescribeEventBus ListEventBuses ListRuleNamesByTarget
        PutRule DeleteRule DescribeRule EnableRule DisableRule ListRules PutTargets RemoveTargets
        ListTargetsByRule PutEvents TestEventPattern""",
}

# What our structures leave out on purpose, by the structure's name.
LEFT_OUT = {
    "CreateEventBusRequest": {"LogConfig"},
    "CreateEventBusResponse": {"LogConfig"},
    "DescribeEventBusResponse": {"LogConfig", "ManagedBy"},
    "EventBus": {"LogConfig", "ManagedBy"},
    "CreateDocumentRequest": {"Requires", "Attachments"},
    "DocumentIdentifier": {"Requires", "ReviewStatus", "Author"},
    "DocumentDescription": {
        "Sha1", "AttachmentsInformation", "Requires", "Author", "ReviewInformation", "ApprovedVersion",
        "PendingReviewVersion", "ReviewStatus", "Category", "CategoryEnum",
    },
    "GetDocumentResult": {"Requires", "AttachmentsContent", "ReviewStatus"},
    "CreateTopicInput": {"DataProtectionPolicy"},
    "PutEventsRequest": {"EndpointId"},
    "MessageAttributeValue": {"StringListValues", "BinaryListValues"},
    "MessageSystemAttributeValue": {"StringListValues", "BinaryListValues"},
    "SendMessageBatchRequestEntry": {"MessageSystemAttributes"},
    "SendMessageBatchResultEntry": {"MD5OfMessageSystemAttributes"},
}

TIME = 1583256349.452
# Texts by the name of their field; for all others the pattern, the enumeration or the length says what they are.
TEXTS = {
    "CommandId": "92853adf-ba41-4cd6-9a88-142d1e2f3a4b",
    "InstanceId": "i-0123456789abcdef0",
    "InstanceIds": "i-0123456789abcdef0",
    "MaxConcurrency": "10%",
    "MaxErrors": "0",
    "EventPattern": '{"source": ["a"]}',
    "DataType": "String",
    "AgentVersion": "3.1.0.0",
    "SchemaVersion": "2.2",
    "ActivationId": "01234567-89ab-cdef-0123-456789abcdef",
    "TargetType": "/AWS::EC2::Instance",
}


def filled(shape, name="", inside=()):
    """A value of the shape with every field filled, as the SDK takes and gives it."""
    if shape.type_name == "structure":
        left_out = LEFT_OUT.get(shape.name, ())
        return {key: filled(member, key) for key, member in shape.members.items() if key not in left_out}
    if shape.type_name == "list":
        return [filled(shape.member, name)]
    if shape.type_name == "map":
        enum = getattr(shape.key, "enum", None)
        return {enum[0] if enum else "a.name": filled(shape.value, "value")}
    if shape.type_name in ("integer", "long"):
        least = shape.metadata.get("min", 0)
        return max(least, 7)
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "timestamp":
        return datetime.datetime.fromtimestamp(TIME, datetime.timezone.utc)
    if shape.type_name == "blob":
        return b"\x00\xffbytes"
    return text(shape, name)


def text(shape, name):
    if name in TEXTS:
        return TEXTS[name]
    if getattr(shape, "enum", None):
        return shape.enum[-1]
    return "1" if "Version" in name else "x" * max(shape.metadata.get("min", 0), 8)


def plain(value):
    """The value as JSON has it on the wire."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return round(value.timestamp(), 3)
    return value


class Stop(Exception):
    pass


def request(client, operation, parameters):
    """The request that the SDK sends, signed, instead of sending it."""
    seen = []

    def keep(request, **_):
        seen.append(request)
        raise Stop

    client.meta.events.register_first("before-send.*", keep)
    method = re.sub("(?<!^)(?=[A-Z])", "_", operation).lower()
    try:
        getattr(client, method)(**parameters)
    except Stop:
        pass
    client.meta.events.unregister("before-send.*", keep)
    return seen[0]


def make(path, *services):
    session = botocore.session.Session()
    with open(path, "w") as file:
        for service in services:
            client = session.create_client(
                service, "eu-west-1", endpoint_url="http://localhost:8008", aws_access_key_id="AKIDEXAMPLE",
                aws_secret_access_key="secret", aws_session_token="token",
            )
            for operation in OPERATIONS[service].split():
                model = client.meta.service_model.operation_model(operation)
                parameters = filled(model.input_shape)
                sent = request(client, operation, parameters)
                output = plain(filled(model.output_shape)) if model.output_shape else None
                headers = {
                    name: value.decode() if isinstance(value, bytes) else str(value)
                    for name, value in sent.headers.items()
                }
                headers.setdefault("Host", "localhost:8008")
                body = sent.body or b""
                case = {
                    "service": service, "operation": operation, "method": sent.method,
                    "target": sent.url.removeprefix("http://localhost:8008"), "headers": headers,
                    "body": body if isinstance(body, str) else body.decode(),
                    "parameters": plain(parameters), "output": output, "name": getattr(model.output_shape, "name", ""),
                }
                print(json.dumps(case), file=file)


def judge(path):
    session = botocore.session.Session()
    count = 0
    for line in open(path):
        case = json.loads(line)
        service = session.get_service_model(case["service"])
        model = service.operation_model(case["operation"])
        protocol = service.metadata["protocol"]
        parser = botocore.parsers.create_parser(protocol)
        parsed = parser.parse(
            {"body": case["answer"].encode(), "headers": case["headers"], "status_code": case["status"]},
            model.output_shape,
        )
        assert parsed["ResponseMetadata"]["RequestId"] == "request-id", case
        expected = {} if case["output"] is None else case["output"]
        assert plain(parsed) == expected, f"{case['operation']}:\n{plain(parsed)}\n{expected}"
        error = parser.parse(
            {"body": case["error"].encode(), "headers": case["error_headers"], "status_code": case["error_status"]},
            model.output_shape,
        )
        assert error["Error"]["Message"] == "What & <why>", error
        assert error["Error"]["Code"] == case["error_code"], error
        count += 1
    print(count)


{"make": make, "judge": judge}[sys.argv[1]](*sys.argv[2:])
