//! What a clinic's rules count: numbers alone, of all clinics together.

const LOCKOUTS: &str = "aroeira_lockouts_total";

/// Says what the metrics of this room and of the store below are, and shows their counters from zero.
pub fn describe_metrics() {
    aroeira_store::describe_metrics();
    metrics::describe_counter!(LOCKOUTS, "Accounts locked after wrong passwords");
    metrics::counter!(LOCKOUTS).increment(0);
}

/// An account was locked.
pub(crate) fn locked_out() {
    metrics::counter!(LOCKOUTS).increment(1);
}
