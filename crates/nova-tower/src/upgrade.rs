//! Upgrade (RFC 9110 §7.8) and CONNECT (§9.3.6): what the application speaks after its answer, over
//! the engine's tunnel.
//!
//! ```text
//! request that asks ─▶ Asked (a hyper connection in memory, made for its `OnUpgrade`)
//!                        ├─ 101, or 2xx to CONNECT ─▶ tunnel(head) of the engine ─▶ Flows
//!                        └─ any other response     ─▶ an ordinary answer
//! Flows:   client ═ engine's tunnel ═ Inflow ─▶ Stream ═ `Upgraded` ═ the application's task
//!                                   ◀─ Outlet ─┘
//! ```
//!
//! Frameworks want a `hyper::upgrade::OnUpgrade` in the request's extensions, and only hyper can make
//! one. So hyper mints it (`mint.rs`), and neither sees the connection nor writes to it.

mod mint;
mod outlet;
mod stream;

use std::sync::Arc;
use std::task::Waker;

use http::response::Parts;
use http::{HeaderName, Method, Request, StatusCode, header};
use nova_http::{Exchange, ExchangeError, Field, Fields, Status};

use self::mint::Mint;
use self::outlet::{Outlet, Taken};
use crate::FieldNames;
use crate::answer::Progress;
use crate::inflow::Inflow;

/// A request that has asked for another protocol.
pub(crate) enum Upgrade {
    /// The application has not answered.
    Asked(Box<Asked>),
    /// It has accepted.
    Flows(Flow),
}

/// What an upgrade is made of if the application accepts it.
pub(crate) struct Asked {
    mint: Mint,
    inflow: Arc<Inflow>,
    outlet: Arc<Outlet>,
    connect: bool,
}

impl Asked {
    /// Puts into `request` what its handler accepts the upgrade with. `worker` wakes the request's slot.
    #[cold]
    pub(crate) fn new<B>(request: &mut Request<B>, worker: &Waker) -> Option<Self> {
        let inflow = Inflow::new(worker.clone());
        let outlet = Outlet::new(worker.clone());
        let (mint, on_upgrade) = Mint::new(inflow.clone(), outlet.clone())?;
        request.extensions_mut().insert(on_upgrade);
        let connect = *request.method() == Method::CONNECT;
        Some(Self { mint, inflow, outlet, connect })
    }

    /// Whether an answer with this status accepts it.
    pub(crate) fn is_accepted_by(&self, status: StatusCode) -> bool {
        match self.connect {
            true => status.is_success(),
            false => status == StatusCode::SWITCHING_PROTOCOLS,
        }
    }

    /// Sends the head of the response that accepts it: from now on the connection is a tunnel. Gives
    /// back both of its directions.
    pub(crate) fn accept(
        self,
        response: &Parts,
        exchange: &mut Exchange<'_>,
    ) -> Result<(Arc<Inflow>, Flow), ExchangeError> {
        let status = Status::new(response.status.as_u16()).ok_or(ExchangeError::Unsupported)?;
        let names: Option<&FieldNames> = response.extensions.get();
        let fields: Vec<_> = response
            .headers
            .iter()
            .filter(|(name, _)| is_ours(name, self.connect))
            .map(|(name, value)| {
                let spelled = names.and_then(|names| names.spelling(name));
                let name = spelled.unwrap_or_else(|| name.as_str().as_bytes());
                Field { name, value: value.as_bytes() }
            })
            .collect();
        exchange.tunnel(status, Fields::from_slices(&fields))?;
        let Self { mint, inflow, outlet, .. } = self;
        let flow = Flow { outlet, unsent: Vec::new() };
        // Whoever waits is woken, here or on another thread.
        if !mint.fulfil() {
            tracing::error!(id = ?exchange.id(), "hyper does not hand an upgrade over");
            exchange.abort();
        }
        Ok((inflow, flow))
    }
}

/// Whether a field of the head before a tunnel is the application's to send. The engine adds the
/// connection option; content, which frameworks announce, there is none.
fn is_ours(name: &HeaderName, connect: bool) -> bool {
    !matches!(*name, header::CONNECTION | header::CONTENT_LENGTH | header::TRANSFER_ENCODING)
        && *name != "keep-alive"
        && *name != "proxy-connection"
        && !(connect && *name == header::UPGRADE)
}

/// The direction to the client; the other one is the slot's [`Inflow`].
pub(crate) struct Flow {
    outlet: Arc<Outlet>,
    /// What the engine had no room for.
    unsent: Vec<u8>,
}

impl Flow {
    /// Writes what the application has written, as far as there is room.
    pub(crate) fn go_on(&mut self, exchange: &mut Exchange<'_>) -> Result<Progress, ExchangeError> {
        loop {
            if self.unsent.is_empty() {
                match self.outlet.take(&mut self.unsent) {
                    Taken::Octets => {}
                    Taken::Nothing => return Ok(Progress::GoesOn),
                    Taken::End => {
                        exchange.finish()?;
                        return Ok(Progress::Ended);
                    }
                }
            }
            // A write that comes up short is one that waits for room.
            let written = exchange.write(&self.unsent)?.octets;
            self.unsent.drain(..written);
            if !self.unsent.is_empty() {
                return Ok(Progress::GoesOn);
            }
        }
    }
}

impl Drop for Flow {
    /// However the exchange ends, nobody waits for room in it.
    fn drop(&mut self) {
        self.outlet.end();
    }
}
