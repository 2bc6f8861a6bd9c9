//! Who is told facts.

use super::fact::Record;

/// Someone who is told every fact. Observers never change what happens.
pub trait Observer {
    /// Whether facts must come in order of time. Where nobody needs that, an engine may tell what nothing heeds any more
    /// later; but those about one entity (an invocation, a command), and every Sent and InvocationEnded, always come in
    /// order.
    const IN_ORDER: bool = true;

    /// Takes note of one fact.
    fn observe(&mut self, record: &Record);
}

impl Observer for () {
    const IN_ORDER: bool = false;

    fn observe(&mut self, _: &Record) {}
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    const IN_ORDER: bool = A::IN_ORDER || B::IN_ORDER;

    #[inline(always)]
    fn observe(&mut self, record: &Record) {
        self.0.observe(record);
        self.1.observe(record);
    }
}

impl<O: Observer> Observer for &mut O {
    const IN_ORDER: bool = O::IN_ORDER;

    #[inline(always)]
    fn observe(&mut self, record: &Record) {
        (**self).observe(record);
    }
}

impl<O: Observer> Observer for Option<O> {
    const IN_ORDER: bool = O::IN_ORDER;

    fn observe(&mut self, record: &Record) {
        if let Some(observer) = self {
            observer.observe(record);
        }
    }
}

impl Observer for Vec<Record> {
    fn observe(&mut self, record: &Record) {
        self.push(*record);
    }
}
