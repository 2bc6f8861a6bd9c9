//! The steps of a document on an instance: which comes next, what each comes to, and what they sum up to (section 6.1,
//! section 8.6, S8.32).

use crate::{
    scenario::plan::Step,
    ssm::{
        StatusDetails, StepStatus,
        document::OnFailure,
        status::Platform::{self, Linux, MacOS, Windows},
    },
};

/// Exit code of a script that has succeeded and after which the remaining steps are skipped.
const EXIT_WITH_SUCCESS: i32 = 168;
/// Exit code of a script that has failed and after which the remaining steps are skipped.
const EXIT_WITH_FAILURE: i32 = 169;

/// How a run of a step ended on the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// By itself, with this exit code.
    Exit(i32),
    /// Killed at its execution timeout.
    TimedOut,
    /// Killed by a cancel.
    Killed,
}

/// What a run of a step comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepResult {
    /// The status, as the agent tells it.
    pub status: StepStatus,
    /// The exit code, as the agent tells it.
    pub response_code: i32,
    /// Whether no step follows but one that always runs; after a cancel not even that.
    pub ends_document: bool,
}

/// The exit code of a step that was killed (S5.15).
pub fn kill_code(platform: Platform) -> i32 {
    match platform {
        Windows => -1,
        Linux | MacOS => 137,
    }
}

/// Whether a script with this exit code asks for a reboot (section 8.6).
pub fn asks_for_reboot(platform: Platform, code: i32) -> bool {
    match platform {
        Windows => code == 3010,
        Linux | MacOS => code == 194,
    }
}

/// The status that an exit code stands for (section 8.6, O-44).
pub fn status_of_exit(platform: Platform, code: i32) -> StepStatus {
    match code {
        0 | EXIT_WITH_SUCCESS => StepStatus::Success,
        code if code == kill_code(platform) => StepStatus::TimedOut,
        code if asks_for_reboot(platform, code) => StepStatus::SuccessAndReboot,
        _ => StepStatus::Failed,
    }
}

/// What a run of `step` that ended so comes to.
pub fn result_of(step: &Step, platform: Platform, end: RunEnd) -> StepResult {
    let killed = kill_code(platform);
    let (status, response_code) = match end {
        RunEnd::Exit(code) => (status_of_exit(platform, code), code),
        RunEnd::TimedOut => (StepStatus::TimedOut, killed),
        RunEnd::Killed => (StepStatus::Cancelled, killed),
    };
    let result = |ends_document| StepResult { status, response_code, ends_document };
    match (status, step.on_failure) {
        (StepStatus::Failed, OnFailure::SuccessAndExit) => {
            StepResult { status: StepStatus::Success, response_code: EXIT_WITH_SUCCESS, ends_document: true }
        }
        (StepStatus::Failed, OnFailure::Exit) => result(true),
        (StepStatus::Failed, OnFailure::Continue) => result(response_code == EXIT_WITH_FAILURE),
        (StepStatus::Success, _) => result(step.exit_on_success || response_code == EXIT_WITH_SUCCESS),
        (StepStatus::Cancelled, _) => result(true),
        // S8.32: a step that timed out does not trigger `onFailure`.
        (StepStatus::TimedOut | StepStatus::SuccessAndReboot | StepStatus::Skipped, _) => result(false),
    }
}

/// The first step from `from` on that runs on `platform` (S8.34); once the document has ended early, only one that
/// always runs (S8.32).
pub fn next_step(steps: &[Step], platform: Platform, from: u32, ended_early: bool) -> Option<u32> {
    let runs = |step: &Step| step.platforms.contains(&platform) && (!ended_early || step.finally);
    (from..).zip(&steps[from as usize..]).find(|(_, step)| runs(step)).map(|(index, _)| index)
}

/// What the steps so far sum up to (S6.1, S6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    status: StepStatus,
    response_code: i32,
}

impl Default for Sum {
    /// Of no step, or of skipped ones alone.
    fn default() -> Self {
        Self { status: StepStatus::Success, response_code: 0 }
    }
}

impl Sum {
    /// One more step has run to its end.
    pub fn add(&mut self, status: StepStatus, response_code: i32) {
        let before = precedence(self.status);
        let outranks = precedence(status) > before || before == 0 && precedence(status) == 0;
        if outranks {
            *self = Self { status, response_code };
        }
    }

    /// The invocation's terminal details.
    pub fn details(&self) -> StatusDetails {
        match self.status {
            StepStatus::Failed => StatusDetails::Failed,
            StepStatus::TimedOut => StatusDetails::ExecutionTimedOut,
            StepStatus::Cancelled => StatusDetails::Cancelled,
            StepStatus::Success | StepStatus::Skipped | StepStatus::SuccessAndReboot => {
                StatusDetails::Success
            }
        }
    }

    /// The exit code of the first step with the status that decided; of the last one that ran when all succeeded; 0
    /// when none ran.
    pub fn response_code(&self) -> i32 {
        self.response_code
    }
}

/// What outranks what (S6.1).
fn precedence(status: StepStatus) -> u8 {
    match status {
        StepStatus::Failed => 3,
        StepStatus::TimedOut => 2,
        StepStatus::Cancelled => 1,
        StepStatus::Success | StepStatus::Skipped | StepStatus::SuccessAndReboot => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use StepStatus::{Cancelled, Failed, Success, SuccessAndReboot, TimedOut};

    fn step(on_failure: OnFailure, exit_on_success: bool) -> Step {
        Step { on_failure, exit_on_success, ..Step::plain("step", &[Linux, Windows], 60) }
    }

    #[test]
    fn exit_codes_by_platform() {
        // The table of section 8.6.
        for (code, unix, windows, ends) in [
            (0, Success, Success, false),
            (194, SuccessAndReboot, Failed, false),
            (3010, Failed, SuccessAndReboot, false),
            (168, Success, Success, true),
            (169, Failed, Failed, true),
            (137, TimedOut, Failed, false),
            (-1, Failed, TimedOut, false),
            (1, Failed, Failed, false),
        ] {
            for (platform, status) in [(Linux, unix), (MacOS, unix), (Windows, windows)] {
                let result = result_of(&step(OnFailure::Continue, false), platform, RunEnd::Exit(code));
                let expected = StepResult { status, response_code: code, ends_document: ends };
                assert_eq!(result, expected, "{code} on {platform:?}");
            }
        }
    }

    #[test]
    fn rules_of_a_step() {
        // S8.32; the code 168 in place of the script's own is ours.
        use OnFailure::{Continue, Exit, SuccessAndExit};
        use RunEnd::Killed;
        for (on_failure, exit_on_success, end, status, code, ends) in [
            (Continue, false, RunEnd::Exit(7), Failed, 7, false),
            (Exit, false, RunEnd::Exit(7), Failed, 7, true),
            (SuccessAndExit, false, RunEnd::Exit(7), Success, 168, true),
            (SuccessAndExit, false, RunEnd::Exit(0), Success, 0, false),
            (Exit, true, RunEnd::Exit(0), Success, 0, true),
            (Exit, true, RunEnd::TimedOut, TimedOut, 137, false),
            (SuccessAndExit, true, RunEnd::Exit(137), TimedOut, 137, false),
            (Exit, true, RunEnd::Exit(194), SuccessAndReboot, 194, false),
            (Continue, false, Killed, Cancelled, 137, true),
            (SuccessAndExit, false, Killed, Cancelled, 137, true),
        ] {
            let result = result_of(&step(on_failure, exit_on_success), Linux, end);
            let expected = StepResult { status, response_code: code, ends_document: ends };
            assert_eq!(result, expected, "{end:?} with {on_failure:?}, {exit_on_success}");
        }
    }

    #[test]
    fn the_next_step_fits_and_may_run() {
        // S8.32, S8.34.
        let steps = [
            Step::plain("both", &[Linux, Windows], 60),
            Step::plain("windows", &[Windows], 60),
            Step::plain("linux", &[Linux], 60),
            Step { finally: true, ..Step::plain("finally", &[Linux], 60) },
        ];
        for (platform, from, ended_early, expected) in [
            (Linux, 0, false, Some(0)),
            (Linux, 1, false, Some(2)),
            (Windows, 1, false, Some(1)),
            (Windows, 2, false, None),
            (Linux, 0, true, Some(3)),
            (Windows, 0, true, None),
            (Linux, 4, false, None),
            (MacOS, 0, false, None),
        ] {
            assert_eq!(next_step(&steps, platform, from, ended_early), expected, "{platform:?} {from}");
        }
    }

    #[test]
    fn steps_sum_up_in_order_of_precedence() {
        // S6.1: Failed, TimedOut, Cancelled, Success; the code of the first with that status, of the last success.
        use StatusDetails as D;
        for (steps, details, code) in [
            (&[][..], D::Success, 0),
            (&[(Success, 0), (Success, 168)], D::Success, 168),
            (&[(Success, 168), (Success, 0)], D::Success, 0),
            (&[(Failed, 1), (Success, 0), (Failed, 2)], D::Failed, 1),
            (&[(TimedOut, 137), (Failed, 2)], D::Failed, 2),
            (&[(TimedOut, 137), (Cancelled, 137), (Success, 0)], D::ExecutionTimedOut, 137),
            (&[(Cancelled, 137)], D::Cancelled, 137),
            (&[(Failed, 3), (Cancelled, 137)], D::Failed, 3),
        ] {
            let mut sum = Sum::default();
            steps.iter().for_each(|&(status, code)| sum.add(status, code));
            assert_eq!((sum.details(), sum.response_code()), (details, code), "{steps:?}");
        }
    }
}
