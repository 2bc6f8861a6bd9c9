//! Waits until an instant, more exactly than the millisecond of tokio's timers. On Linux a timer of the kernel wakes the
//! runtime shortly before, and the rest is spent looking at the sockets over and over, so that answers are taken all the while.

use std::time::{Duration, Instant};

use tokio::task::yield_now;

/// So long before the instant the waiting is no longer left to the kernel, whose wake-ups are late by about as much.
pub const SPIN: Duration = Duration::from_micros(60);

/// Waits for instants.
pub struct Pacer {
    timer: timer::Timer,
}

impl Pacer {
    /// A pacer; on Linux it holds a timer of the kernel.
    ///
    /// # Errors
    ///
    /// When the system has no timer left.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self { timer: timer::Timer::new()? })
    }

    /// Waits until `instant`; not at all when it is over. May be dropped and asked again.
    pub async fn until(&self, instant: Instant) {
        loop {
            let left = instant.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            match left.checked_sub(SPIN).filter(|rest| !rest.is_zero()) {
                Some(rest) => self.timer.sleep(rest).await,
                None => yield_now().await,
            }
        }
    }
}

#[cfg(target_os = "linux")]
mod timer {
    use std::{io, os::fd::OwnedFd, time::Duration};

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::unix::AsyncFd;

    /// A timer of the kernel behind a file descriptor.
    pub struct Timer(AsyncFd<OwnedFd>);

    impl Timer {
        // What the deprecation warns of needs a descriptor that is closed while it is watched; this one is owned. The way
        // that it recommends is unsafe.
        #[expect(deprecated)]
        pub fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            Ok(Self(AsyncFd::new(timerfd_create(TimerfdClockId::Monotonic, flags)?)?))
        }

        /// Sleeps about so long.
        pub async fn sleep(&self, time: Duration) {
            let once = Itimerspec {
                it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
                it_value: Timespec {
                    tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
                    tv_nsec: time.subsec_nanos().into(),
                },
            };
            // Setting a timer takes back that it had gone off before.
            if timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once).is_err() {
                return tokio::time::sleep(time).await;
            }
            while let Ok(mut guard) = self.0.readable().await {
                let mut count = [0; 8];
                match rustix::io::read(&self.0, &mut count) {
                    Err(rustix::io::Errno::AGAIN) => guard.clear_ready(),
                    _ => return,
                }
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod timer {
    use std::{io, time::Duration};

    /// What tokio's timers may be late by.
    const COARSE: Duration = Duration::from_millis(2);

    /// The timers of tokio, left early.
    pub struct Timer;

    impl Timer {
        pub fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Sleeps less than so long.
        pub async fn sleep(&self, time: Duration) {
            match time.checked_sub(COARSE) {
                Some(rest) => tokio::time::sleep(rest).await,
                None => tokio::task::yield_now().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_early_and_what_is_over_is_not_waited_for() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pacer = Pacer::new().unwrap();
            let begin = Instant::now();
            for micros in [0, 30, 500, 5_000, 5_001, 20_000] {
                let planned = begin + Duration::from_micros(micros);
                pacer.until(planned).await;
                assert!(Instant::now() >= planned);
            }
            let before = Instant::now();
            pacer.until(begin).await;
            assert!(before.elapsed() < Duration::from_millis(5));
        });
    }
}
