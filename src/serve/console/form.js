// The form that sends a command, by the API that every client speaks.

import { byId, element, printable, tell, write } from "./dom.js";
import { call } from "./link.js";

/** `onSent(id)` is told of a command that was taken. */
export function form({ onSent }) {
  const made = byId("send");
  const button = made.querySelector("[type=submit]");
  made.addEventListener("change", () => showTargets(made));
  showTargets(made);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    tell(byId("send-fault"), null);
    write(byId("sent"), "");
    button.setAttribute("aria-disabled", "true");
    try {
      const { Command } = await call("SendCommand", request(new FormData(made)));
      write(byId("sent"), `Command ${printable(Command.CommandId, 40)} was sent.`);
      onSent(Command.CommandId);
    } catch (error) {
      tell(byId("send-fault"), printable(error.message, 2000));
    } finally {
      button.setAttribute("aria-disabled", "false");
    }
  });

  /** Adds an instance to those the next command is for. */
  function target(id) {
    const { elements } = made;
    elements.by.value = "ids";
    showTargets(made);
    const ids = list(elements.ids.value);
    if (!ids.includes(id)) elements.ids.value = [...ids, id].join("\n");
  }

  /** Offers the documents that the server has. */
  async function offer() {
    try {
      const { DocumentIdentifiers } = await call("ListDocuments", { MaxResults: 50 });
      byId("documents").replaceChildren(...DocumentIdentifiers.map(({ Name }) => element("option", { value: Name })));
    } catch {
      // The field takes any name without an offer.
    }
  }
  return { target, offer };
}

function showTargets(made) {
  for (const name of ["tags", "ids"]) made.elements[name].closest("label").hidden = made.elements.by.value !== name;
}

const list = (text) => text.split(/[\s,]+/).filter(Boolean);

/** The request as the API takes it; what is empty stays out, so that the API's own defaults hold. */
function request(fields) {
  const field = (name) => fields.get(name).trim();
  const asked = { DocumentName: field("document") };
  if (field("parameters")) asked.Parameters = parameters(field("parameters"));
  if (fields.get("by") === "ids") asked.InstanceIds = list(fields.get("ids"));
  else asked.Targets = fields.get("tags").split("\n").filter((line) => line.trim()).map(tag);
  const named = { MaxConcurrency: "concurrency", MaxErrors: "errors", Comment: "comment", ServiceRoleArn: "role" };
  for (const [name, from] of Object.entries(named)) if (field(from)) asked[name] = field(from);
  if (field("topic")) {
    asked.NotificationConfig = { NotificationArn: field("topic"), NotificationEvents: ["All"], NotificationType: fields.get("kind") };
  }
  return asked;
}

function parameters(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Parameters are no JSON: ${error.message}`);
  }
}

/** `Role=web,db` as a target; a key of another kind, such as `resource-groups:Name`, stays as it is. */
function tag(line) {
  const at = line.indexOf("=");
  if (at < 1) throw new Error(`A target is a tag and its values, as Role=web,db: “${line.trim()}” has no “=”.`);
  const key = line.slice(0, at).trim();
  const known = /^(tag:|tag-key$|InstanceIds$|resource-groups:)/.test(key);
  return { Key: known ? key : `tag:${key}`, Values: line.slice(at + 1).split(",").map((value) => value.trim()) };
}
