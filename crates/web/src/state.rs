//! What every handler can reach: the installation, the options, the clock and the source of ids.

use std::sync::Arc;

use aroeira_clinic::{Clock, House, Ids};

use crate::Options;
use crate::guards::limits::Buckets;
use crate::guards::room::Room;

/// The state of the router. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    house: House,
    options: Options,
    clock: Clock,
    ids: Ids,
    buckets: Buckets,
    room: Room,
}

impl App {
    pub(crate) fn new(house: House, options: Options, clock: Clock, ids: Ids) -> Self {
        let buckets = Buckets::new(&options.limits);
        Self(Arc::new(Inner { house, options, clock, ids, buckets, room: Room::new() }))
    }

    /// The clinics.
    pub(crate) fn house(&self) -> &House {
        &self.0.house
    }

    /// What the operator configured.
    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    /// The one clock.
    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The one source of ids and random bytes.
    pub(crate) fn ids(&self) -> &Ids {
        &self.0.ids
    }

    /// How much each caller may still ask.
    pub(crate) fn buckets(&self) -> &Buckets {
        &self.0.buckets
    }

    /// Where large bodies find a place, one after the other.
    pub(crate) fn room(&self) -> &Room {
        &self.0.room
    }
}
