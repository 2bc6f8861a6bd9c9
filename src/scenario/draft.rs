//! A scenario as written, to be resolved, or changed before that.

use std::{path::Path, sync::Arc};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Fault, Faults, Read, Resolved,
    document::Scenario,
    field, mend, resolve, schema,
    source::{Parsed, Source},
    structure,
};

/// A scenario as written. Changes are made to what is written, before any default; what is wrong with them is found when
/// it is resolved.
#[derive(Clone, Debug)]
pub struct Draft {
    input: Parsed,
    may_send_nothing: bool,
}

impl Draft {
    /// Parses a scenario; the faults are those of syntax.
    pub fn parse(main: Source) -> Result<Self, Faults> {
        let input = Parsed::parse(&Arc::new(main)).map_err(Faults::new)?;
        Ok(Self { input, may_send_nothing: false })
    }

    /// A scenario that is made up, as the document would be; `path` is where it would stand.
    pub fn made_up(path: &Path, value: Value) -> Self {
        let source = Source { path: path.into(), text: "{}".into() };
        let mut input = Parsed::parse_json(&Arc::new(source)).expect("an empty table");
        input.value = value;
        Self { input, may_send_nothing: false }
    }

    /// The same, of which a fleet without commands is wanted too: they come from elsewhere.
    pub fn as_fleet(mut self) -> Self {
        self.may_send_nothing = true;
        self
    }

    /// Checks and resolves it, with the bad release of the index `release`, if any. All faults are reported at once, but
    /// for those of meaning in what a fault of structure leaves unreadable.
    pub fn resolve(&self, release: Option<usize>, read: Read<'_>) -> Result<Resolved, Faults> {
        let input = &self.input;
        let mut faults = structure::check(&schema(), input);
        if !faults.is_empty() {
            faults.extend(mend::faults_behind(input, &faults, read));
            return Err(Faults::new(faults));
        }
        match Scenario::deserialize(&input.value) {
            Ok(scenario) => resolve::resolve(
                &scenario,
                resolve::Wanted { release, commands: !self.may_send_nothing },
                input,
                read,
            ),
            Err(error) => Err(Faults::new(vec![Fault::error(input.place(""), error.to_string(), "")])),
        }
    }

    /// The same with another value in the numeric field at `path`, or what is wrong with the path and what would be right.
    /// The value is text as a scenario has it, without quotes.
    pub fn with(&self, path: &str, value: &str, read: Read<'_>) -> Result<Self, (String, String)> {
        let mut changed = self.clone();
        changed.write_requests(read);
        field::set(&schema(), &mut changed.input.value, path, value)?;
        Ok(changed)
    }

    /// Puts the requests that stand in files of their own into the scenario. One that cannot be read stays where it is, and is
    /// found when the scenario is resolved.
    fn write_requests(&mut self, read: Read<'_>) {
        let beside = self.input.source.path.parent().unwrap_or(Path::new("")).to_path_buf();
        let commands = self.input.value["command"].as_array_mut();
        for command in commands.into_iter().flatten() {
            let Some(name) = command["request"].as_str() else { continue };
            let path = beside.join(name);
            let Ok(text) = read(&path) else { continue };
            if let Ok(request) = Parsed::parse_json(&Arc::new(Source { path, text })) {
                command["request"] = request.value;
            }
        }
    }

    /// The same with another request in the command at `index`, which nobody cancels.
    pub fn with_request(&self, index: usize, request: Value) -> Self {
        let mut changed = self.clone();
        if let Some(Value::Object(command)) = changed.input.value["command"].get_mut(index) {
            command.shift_remove("cancel");
            command.insert("request".into(), request);
        }
        changed
    }

    /// The principal of each command, where it has one.
    pub fn principals(&self) -> Vec<Option<String>> {
        let commands = self.input.value["command"].as_array().into_iter().flatten();
        commands.map(|command| command["principal"].as_str().map(Into::into)).collect()
    }

    /// The same with commands that are sent by somebody who may do everything.
    pub fn without_principals(&self) -> Self {
        let mut changed = self.clone();
        for command in changed.input.value["command"].as_array_mut().into_iter().flatten() {
            command.as_object_mut().and_then(|command| command.shift_remove("principal"));
        }
        changed
    }

    /// The same with another value in the field `name` of `[plan]`.
    pub fn with_plan(&self, name: &str, value: Value) -> Self {
        let mut changed = self.clone();
        let plan = &mut changed.input.value["plan"];
        if plan.is_null() {
            *plan = json!({});
        }
        // What is no table is found when the scenario is resolved.
        if let Some(plan) = plan.as_object_mut() {
            plan.insert(name.into(), value);
        }
        changed
    }

    /// Whether it is a scenario at all, and not some other JSON or TOML: it has groups.
    pub fn is_scenario(&self) -> bool {
        self.input.value.get("group").is_some()
    }
}
