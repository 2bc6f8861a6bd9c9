//! Faults that begin and end while the fleet is served.
//!
//! What has happened stays as it is, for a fault begins in the instant after now. What comes is what a plan comes to that had
//! the fault from the beginning: agents look ahead to the end of the faults that they know, so the world is run again up to now.

use serde::Serialize;

use super::run_command::RunCommand;
use crate::{
    base::SimTime,
    history::Digest,
    scenario::{Plan, injection, plan::FaultKind},
    world::{Model, Suspended},
};

/// A fault, for who asks which there are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultView {
    /// Its number, from 0.
    pub id: u32,
    /// Its kind, as in a scenario.
    pub kind: &'static str,
    /// What exactly is wrong with whom, as in a plan.
    pub detail: FaultKind,
    /// When it begins, in simulated seconds.
    pub from_seconds: f64,
    /// When it is over; none if never.
    pub until_seconds: Option<f64>,
    /// Whether it goes on now.
    pub active: bool,
}

impl RunCommand {
    /// The faults of the plan and those that were asked for, in that order.
    pub fn faults(&self) -> Vec<FaultView> {
        let view = |(id, fault): (u32, &crate::scenario::plan::InjectedFault)| FaultView {
            id,
            kind: injection::kind_of(fault),
            detail: fault.kind.clone(),
            from_seconds: fault.from.as_secs_f64(),
            until_seconds: fault.until.map(|until| until.as_secs_f64()),
            active: fault.span().contains(&self.now()),
        };
        (0..).zip(&self.plan().faults).map(view).collect()
    }

    /// A fault begins in the instant after now. Its number.
    ///
    /// # Errors
    ///
    /// What is wrong with the request; see [`injection::read`].
    pub fn begin_fault(&mut self, body: &[u8]) -> Result<u32, String> {
        let from = self.next_instant().since(SimTime::ZERO);
        let fault = injection::read(self.plan(), from, body)?;
        let mut plan = self.plan().clone();
        let id = plan.faults.len() as u32;
        plan.faults.push(fault);
        self.go_on_with(plan)?;
        Ok(id)
    }

    /// A fault is over in the instant after now.
    ///
    /// # Errors
    ///
    /// When there is no such fault, or it does not go on now.
    pub fn end_fault(&mut self, id: u32) -> Result<(), String> {
        let (now, next) = (self.now(), self.next_instant());
        let mut plan = self.plan().clone();
        let count = plan.faults.len();
        let fault = plan.faults.get_mut(id as usize);
        let fault = fault.ok_or_else(|| format!("`id`: there is no fault {id} among {count}"))?;
        let span = fault.span();
        if span.start > now {
            return Err(format!("`id`: fault {id} has not begun"));
        }
        if span.end <= next {
            return Err(format!("`id`: fault {id} is over already"));
        }
        fault.until = Some(next.since(SimTime::ZERO));
        self.go_on_with(plan)
    }

    /// Takes another plan that differs in what comes alone, and runs it up to now.
    fn go_on_with(&mut self, plan: Plan) -> Result<(), String> {
        let seed = plan.seed;
        let model = Model::open(plan);
        let mut digest = Digest::default();
        let (world, _) = Suspended::new(&model, seed, 0).run_to(&model, self.now(), &mut digest, |_| false);
        if digest != self.digest() {
            return Err("what has happened would change; this is a fault of fleetsim itself".into());
        }
        self.replace(model, world);
        Ok(())
    }
}
