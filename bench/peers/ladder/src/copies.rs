//! The old way to serve: a request is an object of copied strings, read octet by octet.

use crate::answer::Asked;
use crate::app;
use crate::clock::Clock;
use crate::memory::Memory;
use crate::service::{Refused, Served, Service};

/// Serves with objects out of `M`.
#[derive(Debug, Default)]
pub struct Copies<M> {
    memory: M,
}

impl<M: Memory> Service for Copies<M> {
    #[inline]
    fn serve(
        &mut self,
        octets: &[u8],
        last: bool,
        clock: &Clock,
        out: &mut Vec<u8>,
    ) -> Result<Option<Served>, Refused> {
        let mut objects = self.memory.objects();
        let (request, answer) = (&mut objects.request, &mut objects.answer);
        let served = request.read(octets)?.map(|consumed| {
            let last = last || !request.is_persistent();
            app::hello(&request.target, answer);
            let asked = Asked { head: request.method == "HEAD", old: request.is_old(), last };
            answer.render(asked, clock, out);
            Served { consumed, last }
        });
        self.memory.take_back(objects);
        Ok(served)
    }
}
