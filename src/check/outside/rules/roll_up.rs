//! The command's status follows from its invocations (section 6.3), under one reading or another.

use super::{Case, Tally};
use crate::{
    base::Rounding,
    check::{limit::Limit, report::About},
    ssm::{
        CommandStatus as S, StatusDetails as D,
        reading::{Comparison, NeutralWithSuccess, ToleratedFailures},
    },
};

pub(crate) const ABOUT: About = About {
    rule: "roll-up",
    title: "the command's status is one that its invocations add up to",
    source: "section 6.3, O-3 to O-11, O-13, O-49, O-50, O-56",
};

pub(super) fn judge(case: &Case<'_>, tally: &mut Tally) -> Vec<&'static str> {
    let last = case.command.polled.sights().last();
    let Some(end) = last.filter(|sight| sight.state.status.is_terminal() && sight.details_told) else {
        return vec![];
    };
    tally.judged += 1;
    let told = (end.state.status, end.state.details);
    if let Some(gap) = case.gap() {
        tally.doubt(gap);
        return vec![];
    }
    let Some(limit) = case.max_errors() else {
        tally.doubt(case.no_request());
        return vec![];
    };
    if case.invocations.iter().any(|one| one.ending().is_none()) {
        let told = format!("command {}: the record does not tell how all its invocations ended", case.id);
        tally.doubt(told);
        return vec![];
    }
    let sums = Sum::of(case, limit);
    let found = Reading::all().filter(|reading| sums.iter().any(|sum| sum.state(reading).allows(told)));
    match found.min_by_key(|reading| reading.names().len()) {
        Some(reading) => reading.names(),
        None => {
            let due = sums.iter().map(|sum| sum.state(&Reading::default()).details().name());
            let due = due.collect::<Vec<_>>().join(" or ");
            let message = format!(
                "command {}: {}/{}, but its invocations add up to {due} and under no reading to this",
                case.id,
                told.0.name(),
                told.1.name()
            );
            tally.object(end.first.to, "section 6.3", message);
            vec![]
        }
    }
}

/// What a command may end as; the `Status` of some details is open (O-9, O-56).
#[derive(Clone, Copy)]
enum Due {
    Exactly(S, D),
    Any(D),
}

impl Due {
    fn allows(self, (status, details): (S, D)) -> bool {
        match self {
            Self::Exactly(due, of) => (due, of) == (status, details),
            Self::Any(of) => of == details,
        }
    }

    fn details(self) -> D {
        match self {
            Self::Exactly(_, details) | Self::Any(details) => details,
        }
    }
}

/// One way to read the texts.
#[derive(Clone, Copy)]
struct Reading {
    failed_rule: Comparison,
    late_rule: Comparison,
    tolerated: ToleratedFailures,
    neutral: NeutralWithSuccess,
    may_end_execution_timed_out: bool,
    execution_timed_out_counts: bool,
    rounding: Rounding,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            failed_rule: Comparison::MoreThan,
            late_rule: Comparison::MoreThan,
            tolerated: ToleratedFailures::Incomplete,
            neutral: NeutralWithSuccess::Success,
            may_end_execution_timed_out: false,
            execution_timed_out_counts: true,
            rounding: Rounding::Floor,
        }
    }
}

impl Reading {
    fn all() -> impl Iterator<Item = Self> {
        let comparisons = [Comparison::MoreThan, Comparison::AtLeast];
        let neutrals =
            [NeutralWithSuccess::Success, NeutralWithSuccess::Incomplete, NeutralWithSuccess::Ignore];
        let roundings = [Rounding::Floor, Rounding::Ceil, Rounding::HalfUp];
        (0..288_usize).map(move |number| Self {
            failed_rule: comparisons[number % 2],
            late_rule: comparisons[number / 2 % 2],
            tolerated: [ToleratedFailures::Incomplete, ToleratedFailures::Success][number / 4 % 2],
            may_end_execution_timed_out: number / 8 % 2 == 1,
            execution_timed_out_counts: number / 16 % 2 == 0,
            neutral: neutrals[number / 32 % 3],
            rounding: roundings[number / 96],
        })
    }

    /// What of it is not the default.
    fn names(&self) -> Vec<&'static str> {
        let named = [
            (
                self.failed_rule == Comparison::AtLeast,
                "O-3: MaxErrors or more errors make the command Failed",
            ),
            (self.late_rule == Comparison::AtLeast, "O-6: MaxErrors or more delivery timeouts decide"),
            (self.tolerated == ToleratedFailures::Success, "O-4: tolerated failures leave a Success"),
            (self.neutral == NeutralWithSuccess::Incomplete, "O-5: neutral invocations make it Incomplete"),
            (self.neutral == NeutralWithSuccess::Ignore, "O-5: neutral invocations do not matter"),
            (self.may_end_execution_timed_out, "O-7: a command may end as ExecutionTimedOut"),
            (!self.execution_timed_out_counts, "O-10: Execution Timed Out is no error"),
            (self.rounding == Rounding::Ceil, "O-13: MaxErrors is rounded up"),
            (self.rounding == Rounding::HalfUp, "O-13: MaxErrors is rounded to the nearest"),
        ];
        named.into_iter().filter(|(is_taken, _)| *is_taken).map(|(_, name)| name).collect()
    }
}

/// Whether the whole command may have been cancelled before it ended, and whether it certainly was.
fn cancelled(case: &Case<'_>) -> (bool, bool) {
    let sights = case.command.polled.sights();
    let going = sights.iter().filter(|sight| !sight.state.status.is_terminal());
    let (open_at, by) = (going.map(|sight| sight.last.from).max(), sights.last().map(|sight| sight.first.to));
    if sights.iter().any(|sight| sight.state.status == S::Cancelling) {
        return (true, true);
    }
    let mut whole = case.cancels.iter().filter(|cancel| cancel.instance_ids.is_empty());
    let must_be = whole.clone().any(|cancel| Some(cancel.when.latest()) < open_at);
    // Who cancelled what need not be in the record.
    let may_be = !case.header.requests || whole.any(|cancel| Some(cancel.when.earliest()) <= by);
    (may_be, must_be)
}

/// How many invocations ended how.
struct Sum {
    total: u32,
    success: u32,
    failed: u32,
    execution_timed_out: u32,
    delivery_timed_out: u32,
    neutral: u32,
    /// Those that are cancelled, where the whole command was.
    cancelled: u32,
    limit: Limit,
    is_denied: bool,
    /// The account's limit of pending invocations cannot be seen, but that nothing ran can.
    is_beyond_limit: bool,
}

impl Sum {
    /// The sums that the invocations may come to: with or without a cancel of the whole command.
    fn of(case: &Case<'_>, limit: Limit) -> Vec<Self> {
        let (may_be, must_be) = cancelled(case);
        let ways = [(may_be, true), (!must_be, false)].into_iter().filter(|(is_possible, _)| *is_possible);
        ways.map(|(_, is_whole)| Self::new(case, limit, is_whole)).collect()
    }

    fn new(case: &Case<'_>, limit: Limit, is_whole: bool) -> Self {
        let count = |ways: &[D]| {
            let ended =
                case.invocations.iter().filter(|one| one.ending().is_some_and(|way| ways.contains(&way)));
            ended.count() as u32
        };
        let end = case.command.polled.sights().last().map(|sight| sight.state.details);
        Self {
            total: case.total.unwrap_or_default(),
            success: count(&[D::Success]),
            failed: count(&[D::Failed]),
            execution_timed_out: count(&[D::ExecutionTimedOut]),
            delivery_timed_out: count(&[D::DeliveryTimedOut]),
            neutral: count(&[D::Undeliverable, D::InvalidPlatform, D::AccessDenied]),
            cancelled: if is_whole { count(&[D::Cancelled]) } else { 0 },
            limit,
            is_denied: end == Some(D::AccessDenied),
            is_beyond_limit: end == Some(D::LimitExceeded) && case.invocations.is_empty(),
        }
    }

    fn state(&self, reading: &Reading) -> Due {
        let exceeds = |n: u32| self.limit.is_exceeded_by(n, self.total, reading.rounding);
        let is_over = |n: u32, comparison| match comparison {
            Comparison::MoreThan => exceeds(n),
            Comparison::AtLeast => n > 0 && exceeds(n + 1),
        };
        let (success, failed) = (Due::Exactly(S::Success, D::Success), Due::Exactly(S::Failed, D::Failed));
        if self.is_beyond_limit {
            return Due::Any(D::LimitExceeded);
        }
        if self.total == 0 {
            // C6: of a resource group that the caller may not see.
            return Due::Any(if self.is_denied { D::AccessDenied } else { D::NoInstancesInTag });
        }
        if self.cancelled > 0 {
            return Due::Exactly(S::Cancelled, D::Cancelled);
        }
        let counted = if reading.execution_timed_out_counts { self.execution_timed_out } else { 0 };
        let errors = self.failed + counted;
        if is_over(errors, reading.failed_rule) {
            return match reading.may_end_execution_timed_out && self.failed == 0 {
                true => Due::Exactly(S::TimedOut, D::ExecutionTimedOut),
                false => failed,
            };
        }
        if is_over(self.delivery_timed_out, reading.late_rule) {
            return Due::Exactly(S::TimedOut, D::DeliveryTimedOut);
        }
        if self.neutral == self.total {
            return failed;
        }
        let about = match reading.neutral {
            NeutralWithSuccess::Ignore => self.total - self.neutral,
            NeutralWithSuccess::Success | NeutralWithSuccess::Incomplete => self.total,
        };
        if self.success == about {
            // Row 1 of section 6.4: read to the letter, no errors at all reach a MaxErrors of 0.
            return if reading.failed_rule == Comparison::AtLeast && exceeds(1) { failed } else { success };
        }
        let is_tolerated = reading.tolerated == ToleratedFailures::Success;
        if is_tolerated && self.success > 0 && self.success + errors == about {
            return success;
        }
        let counts_neutral = reading.neutral == NeutralWithSuccess::Success;
        if counts_neutral && self.success > 0 && self.success + self.neutral == about {
            return success;
        }
        Due::Any(D::Incomplete)
    }
}
