//! What the planner takes for granted, as data: each may be changed by who knows better, and says where it is from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Source, Standing};
use crate::spec::ClinicPlan;

/// What a plan is reckoned with beside spec and catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    /// Consultations a day of a clinic, by plan from the smallest.
    pub consultations_day: [f64; 3],
    /// People at once of a clinic, by plan from the smallest.
    pub users: [f64; 3],
    /// Cores of each node that its own system takes.
    pub reserve_cores: f64,
    /// Of each node's memory, the percent that its own system takes.
    pub reserve_memory_percent: f64,
    /// When objects leave the class they are in.
    pub access: Access,
    /// What the dice of growth begin with.
    pub seed: u64,
    /// Futures that are thrown.
    pub futures: u32,
    /// Months that are looked ahead.
    pub horizon_months: u32,
    /// Percent of cores and memory kept over what was measured, in the advice.
    pub margin_percent: f64,
    /// What is in use, where it was measured.
    pub measured: Vec<Measured>,
    /// Where these are from.
    pub source: Source,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            consultations_day: [20.0, 100.0, 600.0],
            users: [5.0, 25.0, 150.0],
            reserve_cores: 0.1,
            reserve_memory_percent: 5.0,
            access: Access::default(),
            seed: 2026,
            futures: 1000,
            horizon_months: 120,
            margin_percent: 20.0,
            measured: Vec::new(),
            source: Source {
                standing: Standing::Assumed,
                text: "nobody measured these: fill them in (a third to thrice each is possible)".into(),
                date: "2026-11-22".into(),
            },
        }
    }
}

impl Terms {
    /// Consultations a day and people at once of a clinic.
    pub(crate) fn of(&self, plan: ClinicPlan) -> (f64, f64) {
        let at = match plan {
            ClinicPlan::Starter => 0,
            ClinicPlan::Professional => 1,
            ClinicPlan::Enterprise => 2,
        };
        (self.consultations_day[at], self.users[at])
    }
}

/// When an object is read so seldom that a cheaper class serves: months after it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// To the class of what is read now and then.
    pub infrequent_months: u32,
    /// To the archive.
    pub archive_months: u32,
    /// To the deep archive.
    pub deep_archive_months: u32,
}

impl Default for Access {
    /// A quarter, a year, three years: assumed of a clinic whose patients come back within the year.
    fn default() -> Self {
        Self { infrequent_months: 3, archive_months: 12, deep_archive_months: 36 }
    }
}

/// What one replica of a workload was seen to use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// A workload's id.
    pub workload: String,
    /// Cores, exceeded in one minute of twenty.
    pub cores: f64,
    /// Gibibytes, the most there were.
    pub memory_gb: f64,
}

/// Where a provider stands on the way of requirement 000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// One strong tower and a link.
    Garage,
    /// A rack, two servers and a storage, a generator.
    LocalProvider,
    /// An own rack in somebody's data centre.
    Colocation,
}

/// The phases with the clinics each begins at (requirement 000 gives 2 to 3 and 10 to 50; between, the earlier one stretches).
pub const PHASES: [(Phase, u32); 3] = [(Phase::Garage, 0), (Phase::LocalProvider, 10), (Phase::Colocation, 51)];
