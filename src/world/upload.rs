//! What a step wrote is put before the agent goes on (S11.6, S11.15).

use super::{
    event::{Event, Place},
    instant::World,
    site::{Put, StepRun, Uploading},
};
use crate::{
    base::SimDuration,
    fleet::{
        agent::Run,
        output::Ended,
        steps::{self, RunEnd, StepResult},
    },
    history::{Fact, Observer},
    output::{Store, Upload},
    ssm::StepStatus,
};

impl World<'_> {
    /// The process of a step has ended. Where it wrote something that is wanted elsewhere, the step goes on when it is there.
    pub(super) fn end_process(
        &mut self,
        command: u32,
        place: Place,
        run: StepRun,
        end: RunEnd,
        observer: &mut impl Observer,
    ) {
        let wants = |store| self.plan.commands[command as usize].wants(store);
        let (to_s3, to_logs) = (wants(Store::S3), wants(Store::Logs));
        // What was killed before it began has written nothing. Of what runs again nothing is told.
        let is_again = self.site.work(place.slot).is_again;
        if (to_s3 || to_logs) && run.started < self.now && !is_again {
            self.put_outputs(command, place, (run, end, to_s3), to_logs, observer);
        } else {
            self.conclude(command, place, (run, end, self.now), observer);
        }
    }

    fn put_outputs(
        &mut self,
        command: u32,
        place: Place,
        (run, end, to_s3): (StepRun, RunEnd, bool),
        to_logs: bool,
        observer: &mut impl Observer,
    ) {
        let ended = self.now;
        let work = self.site.work(place.slot);
        let (step, number) = (work.step, work.runs);
        let to_logs = to_logs.then(|| self.log_period());
        let run_of_step = Run { command, step, number };
        let wanted = Ended { run: run_of_step, began: run.started, ended, to_s3, to_logs };
        let uploads = self.model.agents.uploads(&self.luck, place.instance, wanted);
        let Some(mut uploads) = uploads.filter(|uploads| uploads.until > ended) else {
            return self.conclude(command, place, (run, end, ended), observer);
        };
        let platform = self.model.agents.platform(place.instance);
        let result = steps::result_of(&self.steps_of(command)[step as usize], platform, end);
        if !matches!(result.status, StepStatus::Success | StepStatus::SuccessAndReboot) {
            self.break_once(command, place, observer);
        }
        uploads.all.reverse();
        let (left, until) = (uploads.all, uploads.until);
        let next = left.last().map_or(until, |(time, _)| *time);
        let uploading = Uploading { run, end, ended, left, until, is_cancelled: false };
        self.site.work(place.slot).uploading = Some(Box::new(uploading));
        if next > ended {
            self.calendar.schedule(next, command, Event::StepEnd(place));
        } else {
            self.go_on_putting(command, place, observer);
        }
    }

    /// Outputs of a step have been put, or it need not wait any longer.
    pub(super) fn go_on_putting(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let now = self.now;
        loop {
            let Some(uploading) = &mut self.site.work(place.slot).uploading else { return };
            match uploading.left.pop_if(|(time, _)| *time <= now) {
                Some((_, upload)) => {
                    let end = uploading.end;
                    self.keep_put(command, upload, end);
                    self.emit(observer, command, Fact::Uploaded(upload));
                }
                None => break,
            }
        }
        let uploading = self
            .site
            .work(place.slot)
            .uploading
            .take_if(|uploading| uploading.left.is_empty() && uploading.until <= now);
        if let Some(uploading) = uploading {
            let Uploading { run, end, ended, is_cancelled, .. } = *uploading;
            self.conclude(command, place, (run, end, ended), observer);
            if is_cancelled && self.site.work(place.slot).run.is_some() {
                self.cancel_run(command, place, observer);
            }
            return;
        }
        let Some(uploading) = &self.site.work(place.slot).uploading else { return };
        let next = uploading.left.last().map_or(uploading.until, |(time, _)| *time);
        self.calendar.schedule(next, command, Event::StepEnd(place));
    }

    fn keep_put(&mut self, command: u32, upload: Upload, end: RunEnd) {
        if self.site.puts.is_none() {
            return;
        }
        let platform = self.model.agents.platform(upload.instance);
        let StepResult { status, response_code, .. } =
            steps::result_of(&self.steps_of(command)[upload.step as usize], platform, end);
        let put = Put { time: self.now, command, upload, status, response_code };
        self.site.puts.get_or_insert_default().push(put);
    }

    fn log_period(&self) -> SimDuration {
        self.plan.readings.log_period.max(SimDuration::UNIT)
    }
}
