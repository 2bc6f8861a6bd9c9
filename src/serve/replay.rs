//! After a restart: the calls of a journal, made again at their times.

use std::collections::{BTreeMap, BTreeSet};

use super::{auth::Auth, journal::Record};
use crate::{
    base::SimTime,
    service::{Outgoing, Service},
};

/// What comes of it besides the service's state.
#[derive(Debug, Default)]
pub struct Replayed {
    /// How many calls were made.
    pub calls: usize,
    /// The time of the last change.
    pub changed_at: Option<SimTime>,
    /// Messages that may not have left before; they leave, perhaps again.
    pub outgoing: Vec<Outgoing>,
}

/// Makes the calls of a journal again, and goes on to its watermark.
///
/// # Errors
///
/// When a record does not fit what came before.
pub fn replay(service: &mut Service, records: &[Record], auth: Option<&Auth>) -> Result<Replayed, String> {
    let left: BTreeSet<u64> = records
        .iter()
        .filter_map(|record| if let Record::Delivered { id } = record { Some(*id) } else { None })
        .collect();
    let mut waiting: BTreeMap<u64, Outgoing> = BTreeMap::new();
    let collect = |service: &mut Service, waiting: &mut BTreeMap<u64, Outgoing>| {
        let outgoing = service.take_outgoing().into_iter().filter(|outgoing| !left.contains(&outgoing.id));
        waiting.extend(outgoing.map(|outgoing| (outgoing.id, outgoing)));
    };
    let mut replayed = Replayed::default();
    let mut watermark = SimTime::ZERO;
    for (line, record) in (2..).zip(records) {
        let wrong = |what: String| format!("line {line}: {what}");
        watermark = watermark.max(record.time().unwrap_or_default());
        match record {
            Record::Header(_) => return Err(wrong("a second header".into())),
            Record::Call(entry) => {
                let unknown =
                    || wrong(format!("an unknown service or protocol: {} {}", entry.service, entry.protocol));
                let call = entry.call().ok_or_else(unknown)?;
                let caller = match &entry.caller {
                    None => None,
                    Some(arn) => Some(
                        auth.and_then(|auth| auth.principal(arn))
                            .ok_or_else(|| wrong(format!("nobody is `{arn}` any more")))?,
                    ),
                };
                service.advance(entry.time);
                service.call(&call, caller);
                replayed.calls += 1;
                replayed.changed_at = Some(entry.time);
            }
            Record::Fault { time, request } => {
                service.advance(*time);
                service.begin_fault(request.as_bytes()).map_err(wrong)?;
                replayed.changed_at = Some(*time);
            }
            Record::FaultEnd { time, id } => {
                service.advance(*time);
                service.end_fault(*id).map_err(wrong)?;
                replayed.changed_at = Some(*time);
            }
            Record::Buried { time, id } => {
                service.advance(*time);
                collect(service, &mut waiting);
                let outgoing = waiting
                    .remove(id)
                    .ok_or_else(|| wrong(format!("there is no message {id} to be given up")))?;
                service.bury(&outgoing);
                replayed.changed_at = Some(*time);
            }
            Record::Time { .. } | Record::Delivered { .. } => continue,
        }
        collect(service, &mut waiting);
    }
    service.advance(watermark);
    collect(service, &mut waiting);
    replayed.outgoing = waiting.into_values().collect();
    Ok(replayed)
}
