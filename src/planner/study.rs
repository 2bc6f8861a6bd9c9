//! What is tried: every setting in every world, as plans ready to run.

use crate::scenario::{Draft, Fault, Plan, Planning, Read, planning::VariedField};

/// The most settings of a study.
pub const MOST_SETTINGS: usize = 10_000;
/// The most observations that are kept: settings times worlds times replications.
pub const MOST_OBSERVATIONS: u64 = 20_000_000;

/// The name of the world of the scenario as it is.
const HEALTHY: &str = "healthy";

/// One setting of what is varied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `MaxConcurrency`.
    pub max_concurrency: String,
    /// `MaxErrors`.
    pub max_errors: String,
    /// The values of the further fields, in their order.
    pub fields: Vec<String>,
    /// Whether it is the scenario as written.
    pub is_written: bool,
    /// Which plans it belongs to. Settings of one variant differ in nothing but rate controls.
    pub(super) variant: usize,
}

/// What is to be planned, ready to run.
#[derive(Clone, Debug)]
pub struct Study {
    /// What is varied and demanded.
    pub planning: Planning,
    /// The root of all luck.
    pub seed: u64,
    /// Every setting, in the order written: concurrency, within it errors, within them the fields.
    pub settings: Vec<Setting>,
    /// The names of the worlds; the healthy one is the first.
    pub worlds: Vec<String>,
    /// For each combination of further fields the plan of each world.
    variants: Vec<Vec<Plan>>,
}

/// Why something cannot be planned: what was found, and what would be right, which may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Vec<(String, String)>);

impl Study {
    /// Resolves the scenario in every world with every combination of the further fields. The first variant is that of the
    /// scenario as written, in case that is no setting of its own.
    pub fn new(draft: &Draft, planning: Planning, seed: u64, read: Read<'_>) -> Result<Self, Refused> {
        let combinations = combinations(&planning.fields);
        let count = planning.max_concurrency.len() * planning.max_errors.len() * combinations.len();
        let worlds: Vec<String> =
            std::iter::once(HEALTHY.to_string()).chain(planning.bad_releases.iter().cloned()).collect();
        check_size(count + 1, worlds.len(), planning.replications)?;
        let written = resolve_all(draft, &planning, &[], read)?;
        if written[0].own_commands() == 0 {
            let help = "add a `[[command]]` whose rate controls can be planned";
            return Err(Refused(vec![("rules send all commands of the scenario".into(), help.into())]));
        }
        let mut variants = vec![written];
        let mut refused = Vec::new();
        for values in combinations.iter().filter(|values| !values.is_empty()) {
            match resolve_all(draft, &planning, values, read) {
                Ok(plans) => variants.push(plans),
                Err(Refused(more)) => refused.extend(more),
            }
        }
        if !refused.is_empty() {
            refused.dedup();
            return Err(Refused(refused));
        }
        let settings = settings(&planning, &combinations, &variants);
        Ok(Self { planning, seed, settings, worlds, variants })
    }

    /// A study of the scenario as written alone.
    pub fn as_written(draft: &Draft, planning: Planning, seed: u64, read: Read<'_>) -> Result<Self, Refused> {
        let (max_concurrency, max_errors, fields) = (Vec::new(), Vec::new(), Vec::new());
        Self::new(draft, Planning { max_concurrency, max_errors, fields, ..planning }, seed, read)
    }

    /// The plan of a setting in a world.
    pub fn plan(&self, setting: usize, world: usize) -> Plan {
        let setting = &self.settings[setting];
        let mut plan = self.variants[setting.variant][world].clone();
        let request = &mut plan.commands[self.planning.command].request;
        request.max_concurrency = Some(setting.max_concurrency.clone());
        request.max_errors = Some(setting.max_errors.clone());
        plan
    }

    /// The plan of the scenario as written, in the healthy world.
    pub fn written(&self) -> &Plan {
        &self.variants[0][0]
    }
}

fn check_size(settings: usize, worlds: usize, replications: u64) -> Result<(), Refused> {
    let refuse = |message, help: &str| Err(Refused(vec![(message, help.to_string())]));
    if settings > MOST_SETTINGS {
        return refuse(
            format!("{settings} settings; at most {MOST_SETTINGS} are planned"),
            "try fewer values",
        );
    }
    let observations = (settings * worlds) as u64 * replications;
    if observations > MOST_OBSERVATIONS {
        let message = format!(
            "{settings} settings in {worlds} worlds with {replications} replications each are {observations} \
             observations; at most {MOST_OBSERVATIONS} are kept"
        );
        return refuse(message, "try fewer values, or fewer replications");
    }
    Ok(())
}

/// Every combination of the values of the fields; one that is empty without fields.
fn combinations(fields: &[VariedField]) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    for field in fields {
        let longer = |start: &Vec<String>| {
            let start = start.clone();
            field.values.iter().map(move |value| [start.clone(), vec![value.clone()]].concat())
        };
        // Kept small enough for the check of the size to be reached.
        all = all.iter().flat_map(longer).take(MOST_SETTINGS + 1).collect();
    }
    all
}

/// The plans of all worlds with these values in the further fields.
fn resolve_all(
    draft: &Draft,
    planning: &Planning,
    values: &[String],
    read: Read<'_>,
) -> Result<Vec<Plan>, Refused> {
    let mut draft = draft.clone();
    let mut what = Vec::new();
    for (field, value) in planning.fields.iter().zip(values) {
        draft = draft.with(&field.path, value, read).map_err(|fault| Refused(vec![fault]))?;
        what.push(format!("{} = {value}", field.path));
    }
    let worlds = std::iter::once(None).chain((0..planning.bad_releases.len()).map(Some));
    let plans = worlds.map(|release| draft.resolve(release, read).map(|resolved| resolved.plan));
    let with = if what.is_empty() { String::new() } else { format!("with {}: ", what.join(", ")) };
    let told = |fault: Fault| (format!("{with}{}", fault.message), fault.help);
    plans.collect::<Result<_, _>>().map_err(|faults| Refused(faults.0.into_iter().map(told).collect()))
}

/// Every setting, that of the scenario as written among them.
fn settings(planning: &Planning, combinations: &[Vec<String>], variants: &[Vec<Plan>]) -> Vec<Setting> {
    let request = &variants[0][0].commands[planning.command].request;
    let written = (request.max_concurrency_or_default(), request.max_errors_or_default());
    let mut settings = Vec::new();
    for max_concurrency in &planning.max_concurrency {
        for max_errors in &planning.max_errors {
            for (at, fields) in combinations.iter().enumerate() {
                let variant = if fields.is_empty() { 0 } else { at + 1 };
                // Another field may say the same as the scenario; the plan tells.
                let is_same = variants[variant][0] == variants[0][0];
                let is_written = is_same && written == (max_concurrency.as_str(), max_errors.as_str());
                settings.push(Setting {
                    max_concurrency: max_concurrency.clone(),
                    max_errors: max_errors.clone(),
                    fields: fields.clone(),
                    is_written,
                    variant,
                });
            }
        }
    }
    if settings.iter().all(|setting| !setting.is_written) {
        settings.push(Setting {
            max_concurrency: written.0.into(),
            max_errors: written.1.into(),
            fields: vec!["as written".into(); planning.fields.len()],
            is_written: true,
            variant: 0,
        });
    }
    settings
}
