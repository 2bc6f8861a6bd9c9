//! Commands that are sent and watched to their end.

use serde_json::{Value, json};

use super::{
    bench::{Bench, Reply},
    case::{Halt, Outcome, invalid, unknown},
    json::{list, number, state, text, texts},
    leftover::Leftover,
    sighting,
};
use crate::{
    check::{Verdict, outside::OutsideChecker},
    load::told::{is_in_flight, is_terminal},
    seen::{Header, Sighting, When},
};

/// Longer than this nobody waits for the end of a command, in the endpoint's seconds.
const LONGEST: f64 = 200.0;
/// So much later than `ExpiresAfter` an end may be seen, in the endpoint's seconds.
const GRACE: f64 = 30.0;

/// A command that was sent, and what was seen of it.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) id: String,
    /// The request as it was sent.
    pub(super) request: Value,
    /// `Command` of the answer to SendCommand.
    pub(super) answer: Value,
    /// The command as it was seen last.
    pub(super) command: Value,
    /// Its invocations as they were seen last.
    pub(super) invocations: Vec<Value>,
    /// The most invocations that one look found in flight.
    pub(super) peak: usize,
    /// How often it was looked at.
    pub(super) looks: u32,
    /// The endpoint's second at which it was sent, counted from when the bench was made.
    pub(super) sent_at: f64,
    sightings: Vec<Sighting>,
}

impl Bench {
    /// Sends a command.
    pub(super) async fn send(&self, request: Value) -> Result<Story, Halt> {
        let request = self.named(request);
        self.count_command()?;
        let sent_at = self.seconds();
        let reply = self.ssm("SendCommand", &request).await?;
        let when = sighting::when(&reply);
        if reply.error.as_deref() == Some("InvalidInstanceId") {
            return unknown(format!(
                "the instances that the battery was given are not there: {}",
                reply.shown()
            ));
        }
        let mut answer = reply.good("SendCommand")?;
        let answer = answer.get_mut("Command").map(Value::take).unwrap_or_default();
        let id = text(&answer, "CommandId").to_string();
        if id.is_empty() {
            return invalid("the answer to SendCommand has no CommandId");
        }
        self.leftovers.borrow_mut().push(Leftover::Command(id.clone()));
        let sightings = sighting::command(&answer, Some(&request), when).into_iter().collect();
        let (command, invocations) = (answer.clone(), Vec::new());
        Ok(Story { id, request, answer, command, invocations, peak: 0, looks: 0, sent_at, sightings })
    }

    /// Sends a command and watches it to its end.
    pub(super) async fn send_and_watch(&self, request: Value) -> Result<Story, Halt> {
        let mut story = self.send(request).await?;
        self.watch(&mut story).await?;
        Ok(story)
    }

    /// Watches a command to its end.
    pub(super) async fn watch(&self, story: &mut Story) -> Result<(), Halt> {
        let told = story.total_timeout();
        let total = told.unwrap_or(LONGEST).min(LONGEST);
        if self.watch_until(story, total + GRACE, Story::has_ended).await? {
            return Ok(());
        }
        let late = format!(
            "{} s after it was sent the command was {}",
            (total + GRACE).round(),
            state(&story.command)
        );
        let waiting: Vec<_> =
            story.invocations.iter().filter(|one| !is_terminal(text(one, "Status"))).map(state).collect();
        let late =
            if waiting.is_empty() { late } else { format!("{late}, invocations {}", waiting.join(", ")) };
        // By then ExpiresAfter ends it whatever happens (S5.3).
        if told.is_some_and(|told| told <= LONGEST) { invalid(late) } else { unknown(late) }
    }

    /// Watches a command until something is so, for that many of the endpoint's seconds, and says whether it came to be.
    pub(super) async fn watch_until(
        &self,
        story: &mut Story,
        seconds: f64,
        is_so: impl Fn(&Story) -> bool,
    ) -> Result<bool, Halt> {
        let until = self.seconds() + seconds;
        loop {
            let is_last = self.seconds() > until;
            self.look(story).await?;
            if is_so(story) {
                return Ok(true);
            }
            if is_last {
                return Ok(false);
            }
            self.wait(self.settings.interval).await;
        }
    }

    /// Looks at a command and its invocations once.
    pub(super) async fn look(&self, story: &mut Story) -> Result<(), Halt> {
        let reply = self.ssm("ListCommands", &json!({"CommandId": story.id})).await?;
        let when = sighting::when(&reply);
        let answer = reply.good("ListCommands")?;
        let found = list(&answer, "Commands").iter().find(|one| text(one, "CommandId") == story.id);
        if let Some(command) = found {
            story.sightings.extend(sighting::command(command, None, when));
            story.command = command.clone();
        }
        let looked = self.invocations(story).await?;
        story.peak =
            story.peak.max(looked.iter().filter(|(one, _)| is_in_flight(text(one, "Status"))).count());
        story.looks += 1;
        story.sightings.extend(looked.iter().filter_map(|(one, when)| sighting::invocation(one, *when)));
        story.invocations = looked.into_iter().map(|(one, _)| one).collect();
        if story.has_ended() {
            let is_it = |leftover: &Leftover| matches!(leftover, Leftover::Command(id) if *id == story.id);
            self.leftovers.borrow_mut().retain(|leftover| !is_it(leftover));
        }
        Ok(())
    }

    /// The invocations: of endpoints that do not list them, those of the instances that the request names.
    async fn invocations(&self, story: &Story) -> Result<Vec<(Value, When)>, Halt> {
        let mut query = json!({"CommandId": story.id, "Details": true});
        let (mut all, mut pages) = (Vec::new(), 0);
        loop {
            let reply = match self.ssm("ListCommandInvocations", &query).await {
                Err(Halt::Unknown(_)) if pages == 0 => break,
                reply => reply?,
            };
            let when = sighting::when(&reply);
            let answer = reply.good("ListCommandInvocations")?;
            all.extend(list(&answer, "CommandInvocations").iter().map(|one| (one.clone(), when)));
            pages += 1;
            match text(&answer, "NextToken") {
                // A list that never ends is for the case of lists.
                next if !next.is_empty() && pages < 100 => query["NextToken"] = next.into(),
                _ => return Ok(all),
            }
        }
        let ids = [&story.request, &story.command].map(|one| texts(one, "InstanceIds"));
        let ids = ids.into_iter().find(|ids| !ids.is_empty()).unwrap_or_default();
        for id in ids {
            let reply = self.get_invocation(&story.id, &id).await?;
            if reply.error.is_none() {
                let when = sighting::when(&reply);
                all.push((reply.json, when));
            }
        }
        Ok(all)
    }

    /// Asks for one invocation.
    pub(super) async fn get_invocation(&self, command: &str, instance: &str) -> Result<Reply, Halt> {
        self.ssm("GetCommandInvocation", &json!({"CommandId": command, "InstanceId": instance})).await
    }

    /// Cancels a command, on these instances or on all.
    pub(super) async fn cancel(&self, story: &mut Story, ids: &[String]) -> Result<(), Halt> {
        let mut request = json!({"CommandId": story.id});
        if !ids.is_empty() {
            request["InstanceIds"] = json!(ids);
        }
        let reply = self.ssm("CancelCommand", &request).await?;
        let when = sighting::when(&reply);
        reply.good("CancelCommand")?;
        story.sightings.push(sighting::cancel(&story.id, ids, when));
        Ok(())
    }
}

impl Story {
    /// Whether the command and all its invocations have ended.
    pub(super) fn has_ended(&self) -> bool {
        let ended = |one: &Value| is_terminal(text(one, "Status"));
        ended(&self.command) && self.invocations.iter().all(ended)
    }

    /// `ExpiresAfter` minus `RequestedDateTime`, in seconds.
    pub(super) fn total_timeout(&self) -> Option<f64> {
        let told = |name| number(&self.answer, name);
        Some(told("ExpiresAfter")? - told("RequestedDateTime")?)
    }

    /// `Status/StatusDetails` of the command.
    pub(super) fn state(&self) -> String {
        state(&self.command)
    }

    /// The ids of the invocations in a state, such as `Success` or `TimedOut/DeliveryTimedOut`.
    pub(super) fn in_state(&self, wanted: &str) -> Vec<&str> {
        self.invocations
            .iter()
            .filter(|one| state(one) == wanted)
            .map(|one| text(one, "InstanceId"))
            .collect()
    }

    /// How many invocations have these details, whatever their status.
    pub(super) fn with_details(&self, details: &[&str]) -> usize {
        self.invocations.iter().filter(|one| details.contains(&text(one, "StatusDetails"))).count()
    }

    /// The states of the invocations with their numbers, as in `2 Failed, 3 Cancelled/Terminated`.
    pub(super) fn tally(&self) -> String {
        let mut tally = std::collections::BTreeMap::<String, usize>::new();
        self.invocations.iter().for_each(|one| *tally.entry(state(one)).or_default() += 1);
        let shown: Vec<_> = tally.into_iter().map(|(state, count)| format!("{count} {state}")).collect();
        if shown.is_empty() { "no invocations".into() } else { shown.join(", ") }
    }

    /// The command's state and its invocations'.
    pub(super) fn shown(&self) -> String {
        format!("{}; {}", self.state(), self.tally())
    }

    /// What the rules that judge from outside say: nothing, where some course of events is right.
    pub(super) fn obeys(&self, rules: &[&str]) -> Result<(), Halt> {
        let header = Header { notifications: false, requests: true, clock_error_ms: 0 };
        let mut checker = OutsideChecker::new(&header);
        self.sightings.iter().for_each(|sighting| checker.observe(sighting));
        let reports = checker.finish().reports.into_iter().filter(|report| rules.contains(&report.rule));
        for report in reports {
            if let Verdict::Invalid { offences, .. } = report.verdict {
                let message = offences.first().map(|one| one.message.as_str()).unwrap_or_default();
                return invalid(message.trim_start_matches(&format!("command {}: ", self.id)));
            }
        }
        Ok(())
    }

    /// What was seen, if these rules do not object.
    pub(super) fn judged(&self, rules: &[&str], seen: String) -> Outcome {
        self.obeys(rules).map(|()| seen)
    }
}
