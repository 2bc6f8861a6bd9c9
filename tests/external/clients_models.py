"""Holds the answers of a server against botocore's own models of the services, before botocore reads them."""

import collections
import json
import re
import xml.etree.ElementTree as ElementTree

COMMON_ERRORS = {"ValidationException", "ValidationError", "UnknownOperationException", "InvalidAction"}

faults = collections.Counter()


def expect(holds, what, *seen):
    """Notes what does not hold, with what was seen instead."""
    if not holds:
        faults[" | ".join([what, *(str(one)[:600] for one in seen)])] += 1
    return holds


def hold_against_model(operation, model, response):
    """Notes every member and every value in an answer that the operation's model does not know."""
    if response["status_code"] >= 300:
        names = [{shape.error_code, shape.name} for shape in model.error_shapes]
        known = COMMON_ERRORS.union(*names)
        code = error_code(response["body"])
        expect(code in known, f"{operation}: an error of the model", code)
        return
    text = response["body"].decode()
    if model.service_model.metadata["protocol"] == "query":
        root = ElementTree.fromstring(text)
        strip_namespaces(root)
        allowed = [f"{model.name}Result", "ResponseMetadata"]
        expect(root.tag == f"{model.name}Response", f"{operation}: the root of the answer", root.tag)
        expect(all(child.tag in allowed for child in root), f"{operation}: the elements of the answer", text)
        expect(root.findtext("ResponseMetadata/RequestId"), f"{operation}: RequestId", text)
        if model.output_shape and expect(root[0].tag == allowed[0], f"{operation}: the result comes first", text):
            value = from_xml(model.output_shape, root[0])
            hold_value(operation, model.output_shape, value)
    elif model.output_shape:
        hold_value(operation, model.output_shape, json.loads(text))
    else:
        expect(text in ["", "{}"], f"{operation}: no output", text)


def error_code(body):
    text = body.decode()
    if text.startswith("<"):
        root = ElementTree.fromstring(text)
        strip_namespaces(root)
        return root.findtext("Error/Code")
    return json.loads(text)["__type"].split("#")[-1]


def strip_namespaces(root):
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]


def from_xml(shape, element):
    """An element of the Query protocol as JSON would have it; elements of other names are kept under theirs."""
    if shape.type_name == "structure":
        members = {one.serialization.get("name", name): (name, one) for name, one in shape.members.items()}
        read = {}
        for child in element:
            name, member = members.get(child.tag, (child.tag, None))
            read[name] = from_xml(member, child) if member else child.text
        return read
    if shape.type_name == "list":
        return [from_xml(shape.member, child) for child in element]
    if shape.type_name == "map":
        return {child.findtext("key"): from_xml(shape.value, child.find("value")) for child in element}
    text = element.text or ""
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return int(text) if shape.type_name in ["integer", "long"] else text


KINDS = {
    "structure": dict, "map": dict, "list": list, "string": str, "boolean": bool, "integer": int, "long": int,
    "timestamp": (int, float), "double": (int, float), "float": (int, float), "blob": str,
}


def hold_value(at, shape, value):
    """Holds a value against its shape."""
    kind = KINDS[shape.type_name]
    is_one = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if not expect(is_one, f"{at}: is no {shape.type_name}", value):
        return
    if shape.type_name == "structure":
        # Recorded answers of SQS leave an empty list of a batch out, whatever the model says.
        is_batch = {"Successful", "Failed"} <= set(shape.members)
        for name in [] if is_batch else shape.required_members:
            expect(name in value, f"{at}: lacks the required {name}", value)
        for name, one in value.items():
            if expect(name in shape.members, f"{at}: the model has no member {name}", value):
                hold_value(f"{at}.{name}", shape.members[name], one)
    elif shape.type_name == "list":
        for one in value:
            hold_value(f"{at}[]", shape.member, one)
    elif shape.type_name == "map":
        for key, one in value.items():
            hold_value(f"{at} key", shape.key, key)
            hold_value(f"{at}{{}}", shape.value, one)
    # AWS's own samples have an empty NotificationType where nobody asked for notifications, empty texts below the minimum,
    # and times that its pattern of times does not fit.
    if shape.type_name == "string" and (enum := shape.metadata.get("enum")) and (value or shape.name != "NotificationType"):
        expect(value in enum, f"{at}: not in the enumeration {shape.name}", value)
    if value == "" or shape.name == "StringDateTime":
        return
    # Python's expressions have no classes of Unicode.
    if shape.type_name == "string" and (pattern := shape.metadata.get("pattern")) and "\\p{" not in pattern:
        expect(re.search(pattern, value), f"{at}: not in the pattern {pattern}", value)
    size = value if isinstance(value, (int, float)) else len(value)
    within = shape.metadata.get("min", size) <= size <= shape.metadata.get("max", size)
    expect(within, f"{at}: out of {shape.metadata}", value)
