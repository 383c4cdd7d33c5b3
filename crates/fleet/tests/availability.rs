//! Availability against closed forms, a published case, a table that was simulated elsewhere, and dice.

#[path = "availability/closed.rs"]
mod closed;
#[path = "availability/dice.rs"]
mod dice;
#[path = "availability/room.rs"]
mod room;
#[path = "availability/table.rs"]
mod table;
