//! Requests that ask for another protocol, in their slots.

use http::{Request, Response};
use nova_http::{Exchange, ExchangeError};

use super::Door;
use crate::Body;
use crate::answer::{Progress, Unsendable};
use crate::app::Instance;
use crate::slot::Stage;
use crate::upgrade::{Asked, Upgrade};

impl<I: Instance> Door<I> {
    /// The request asks for another protocol, and its handler may accept.
    #[cold]
    pub(super) fn ask_for_upgrade(&mut self, number: u32, request: &mut Request<Body>) {
        let slot = &mut self.slab.slots[number as usize];
        match Asked::new(request, &slot.waker) {
            Some(asked) => slot.upgrade = Some(Upgrade::Asked(Box::new(asked))),
            None => tracing::error!("hyper has made no upgrade for a request that asks for one"),
        }
    }

    /// If `response` accepts what its request has asked for, that begins. Any other one is given back.
    #[inline]
    pub(super) fn accept_upgrade(
        &mut self,
        number: u32,
        response: Response<I::Content>,
        exchange: &mut Exchange<'_>,
    ) -> Option<Response<I::Content>> {
        if self.slab.slots[number as usize].upgrade.is_none() {
            return Some(response);
        }
        self.accept_asked(number, response, exchange)
    }

    #[cold]
    fn accept_asked(
        &mut self,
        number: u32,
        response: Response<I::Content>,
        exchange: &mut Exchange<'_>,
    ) -> Option<Response<I::Content>> {
        let slot = &mut self.slab.slots[number as usize];
        let asked = match slot.upgrade.take() {
            Some(Upgrade::Asked(asked)) if asked.is_accepted_by(response.status()) => asked,
            // What was not accepted is not to be had any more.
            _ => return Some(response),
        };
        // A head is all that is sent of it.
        let (parts, _) = response.into_parts();
        slot.stage.set(Stage::Empty);
        match asked.accept(&parts, exchange) {
            Ok((inflow, flow)) => {
                slot.inflow = Some(inflow);
                slot.upgrade = Some(Upgrade::Flows(flow));
                self.go_on_upgraded(number, exchange);
            }
            Err(error) => self.unsendable(number, &Unsendable::Engine(error), exchange),
        }
        None
    }

    /// Moves octets between the engine's tunnel and the application.
    #[cold]
    pub(super) fn go_on_upgraded(&mut self, number: u32, exchange: &mut Exchange<'_>) {
        let slot = &mut self.slab.slots[number as usize];
        let Some(Upgrade::Flows(flow)) = slot.upgrade.as_mut() else { return };
        match flow.go_on(exchange) {
            Ok(Progress::GoesOn) => slot.grant(exchange),
            Ok(Progress::Ended) | Err(ExchangeError::AnsweredAlready) => self.end(number),
            Err(error) => self.unsendable(number, &Unsendable::Engine(error), exchange),
        }
    }
}
