//! What fails how often and for how long: dated figures, each with where it is from and what could also be true. Rates are a
//! year.

use serde::{Deserialize, Serialize};

use crate::catalogue::{Source, Standing};

/// The figures that come with the program.
const BUILT_IN: &str = include_str!("../../rates/2026-11.toml");
/// The largest figure that means anything here.
const LARGEST: f64 = 1e5;

/// A figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// What is computed with.
    pub value: f64,
    /// The least it could be.
    pub low: f64,
    /// The most it could be.
    pub high: f64,
    /// Where it is from.
    pub source: Source,
}

/// A published service level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// How the names of the price books' items begin: `aws.rds`; or `instance`, `zone`, `region`.
    pub item: String,
    /// Percent of a month.
    pub percent: f64,
    /// The same over several zones.
    pub multi_zone_percent: f64,
    /// Where it is from.
    pub source: Source,
}

/// All figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Interruptions of the grid, Brazil.
    pub grid_outages_brazil: Rate,
    /// Their mean, in hours.
    pub grid_hours_brazil: Rate,
    /// Interruptions of the grid, elsewhere.
    pub grid_outages_elsewhere: Rate,
    /// Their mean, in hours.
    pub grid_hours_elsewhere: Rate,
    /// Probability that a generator does not carry.
    pub generator_fails: Rate,
    /// Hours until all runs after a blackout.
    pub power_restart_hours: Rate,
    /// Outages of a data centre.
    pub facility_outages: Rate,
    /// Their mean, in hours.
    pub facility_hours: Rate,
    /// Failures of a firewall.
    pub edge_failures: Rate,
    /// Their mean, in hours.
    pub edge_hours: Rate,
    /// Until the other of a pair carries.
    pub edge_failover_seconds: Rate,
    /// Failures of a fibre.
    pub link_failures: Rate,
    /// Their mean, in hours.
    pub link_hours: Rate,
    /// How much longer a residential link is out.
    pub residential_factor: Rate,
    /// Failures of 4G and 5G.
    pub mobile_failures: Rate,
    /// Their mean, in hours.
    pub mobile_hours: Rate,
    /// Failures of satellite.
    pub satellite_failures: Rate,
    /// Their mean, in hours.
    pub satellite_hours: Rate,
    /// Share of failures that strike all links.
    pub link_common_cause: Rate,
    /// Until the other link carries, dual WAN.
    pub dual_wan_seconds: Rate,
    /// Until the other link carries, BGP.
    pub bgp_seconds: Rate,
    /// Stops of a machine.
    pub machine_failures: Rate,
    /// Their mean, in hours.
    pub machine_hours: Rate,
    /// Repairs of hardware.
    pub incidents: Rate,
    /// Their mean, in hours.
    pub incident_hours: Rate,
    /// The same with a spare part on site.
    pub incident_hours_spare: Rate,
    /// Failures of a hard disk.
    pub hdd_failures: Rate,
    /// Failures of an SSD.
    pub ssd_failures: Rate,
    /// Hours until a disk is replaced and filled.
    pub rebuild_hours: Rate,
    /// Losses of a cloud's volume.
    pub network_disk_failures: Rate,
    /// Deviation of the logarithm of repairs.
    pub repair_sigma: Rate,
    /// Stops of a SAN or NAS.
    pub storage_failures: Rate,
    /// Their mean, in hours.
    pub storage_hours: Rate,
    /// Share of failures that strike all machines of a site.
    pub common_cause: Rate,
    /// People that repair at a site.
    pub crew: Rate,
    /// Minutes until a failure is noticed.
    pub detection_minutes: Rate,
    /// Crashes of a process.
    pub crashes: Rate,
    /// Until it runs again.
    pub crash_seconds: Rate,
    /// Until another replica of a store takes over.
    pub failover_seconds: Rate,
    /// Until another replica takes over where that was planned.
    pub switchover_seconds: Rate,
    /// Until a load balancer leaves out what does not answer.
    pub balancer_seconds: Rate,
    /// Windows of maintenance of a machine.
    pub maintenance: Rate,
    /// Minutes of each.
    pub maintenance_minutes: Rate,
    /// Changes that take the service down.
    pub human_errors: Rate,
    /// Hours until such a change is taken back.
    pub human_error_hours: Rate,
    /// Losses of data on all replicas at once.
    pub deletions: Rate,
    /// Hours of a restore beside reading.
    pub restore_base_hours: Rate,
    /// Gigabytes an hour that are read back.
    pub restore_gb_hour: Rate,
    /// Minutes that a continuous copy is behind.
    pub continuous_minutes: Rate,
    /// Outages of something bought.
    pub provider_outages: Rate,
    /// Share of the outage that a published level allows which is counted.
    pub level_share: Rate,
    /// Published service levels.
    #[serde(rename = "level")]
    pub levels: Vec<Level>,
}

impl Rates {
    /// The figures that come with the program.
    ///
    /// # Errors
    /// What cannot be read: only a broken build has it.
    pub fn built_in() -> Result<Self, String> {
        Self::read("")
    }

    /// The figures that come with the program, with those of a provider's own file in their place.
    ///
    /// # Errors
    /// What is wrong with the text: no TOML, a figure that does not exist, or one out of range.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut all: toml::Table = toml::from_str(BUILT_IN).map_err(|error| error.to_string())?;
        let own: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
        for (name, value) in own {
            match (name.as_str(), all.get_mut(&name), value) {
                // A provider's levels are looked up first.
                ("level", Some(toml::Value::Array(levels)), toml::Value::Array(own)) => {
                    levels.splice(0..0, own);
                }
                (_, _, value) => {
                    all.insert(name, value);
                }
            }
        }
        let rates: Self = all.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
        rates.examine()?;
        Ok(rates)
    }

    fn examine(&self) -> Result<(), String> {
        for (name, rate) in self.all() {
            let in_range = [rate.low, rate.value, rate.high].iter().all(|value| (0.0..=LARGEST).contains(value));
            if !in_range || rate.low > rate.value || rate.value > rate.high {
                return Err(format!("{name}: write 0 <= low <= value <= high <= {LARGEST}"));
            }
        }
        for level in &self.levels {
            if !(0.0..=100.0).contains(&level.percent) || !(0.0..=100.0).contains(&level.multi_zone_percent) {
                return Err(format!("level of `{}`: write percents from 0 to 100", level.item));
            }
        }
        Ok(())
    }

    /// All figures, by name.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, &Rate)> {
        vec![
            ("grid_outages_brazil", &self.grid_outages_brazil),
            ("grid_hours_brazil", &self.grid_hours_brazil),
            ("grid_outages_elsewhere", &self.grid_outages_elsewhere),
            ("grid_hours_elsewhere", &self.grid_hours_elsewhere),
            ("generator_fails", &self.generator_fails),
            ("power_restart_hours", &self.power_restart_hours),
            ("facility_outages", &self.facility_outages),
            ("facility_hours", &self.facility_hours),
            ("edge_failures", &self.edge_failures),
            ("edge_hours", &self.edge_hours),
            ("edge_failover_seconds", &self.edge_failover_seconds),
            ("link_failures", &self.link_failures),
            ("link_hours", &self.link_hours),
            ("residential_factor", &self.residential_factor),
            ("mobile_failures", &self.mobile_failures),
            ("mobile_hours", &self.mobile_hours),
            ("satellite_failures", &self.satellite_failures),
            ("satellite_hours", &self.satellite_hours),
            ("link_common_cause", &self.link_common_cause),
            ("dual_wan_seconds", &self.dual_wan_seconds),
            ("bgp_seconds", &self.bgp_seconds),
            ("machine_failures", &self.machine_failures),
            ("machine_hours", &self.machine_hours),
            ("incidents", &self.incidents),
            ("incident_hours", &self.incident_hours),
            ("incident_hours_spare", &self.incident_hours_spare),
            ("hdd_failures", &self.hdd_failures),
            ("ssd_failures", &self.ssd_failures),
            ("rebuild_hours", &self.rebuild_hours),
            ("network_disk_failures", &self.network_disk_failures),
            ("repair_sigma", &self.repair_sigma),
            ("storage_failures", &self.storage_failures),
            ("storage_hours", &self.storage_hours),
            ("common_cause", &self.common_cause),
            ("crew", &self.crew),
            ("detection_minutes", &self.detection_minutes),
            ("crashes", &self.crashes),
            ("crash_seconds", &self.crash_seconds),
            ("failover_seconds", &self.failover_seconds),
            ("switchover_seconds", &self.switchover_seconds),
            ("balancer_seconds", &self.balancer_seconds),
            ("maintenance", &self.maintenance),
            ("maintenance_minutes", &self.maintenance_minutes),
            ("human_errors", &self.human_errors),
            ("human_error_hours", &self.human_error_hours),
            ("deletions", &self.deletions),
            ("restore_base_hours", &self.restore_base_hours),
            ("restore_gb_hour", &self.restore_gb_hour),
            ("continuous_minutes", &self.continuous_minutes),
            ("provider_outages", &self.provider_outages),
            ("level_share", &self.level_share),
        ]
    }

    /// Names of those that nobody could look up.
    #[must_use]
    pub fn assumed(&self) -> Vec<&'static str> {
        let all = self.all().into_iter();
        all.filter(|(_, rate)| rate.source.standing == Standing::Assumed).map(|(name, _)| name).collect()
    }

    /// The service level of an item, by the longest beginning of its name.
    #[must_use]
    pub fn level(&self, item: &str) -> Option<&Level> {
        let mut best: Option<&Level> = None;
        for level in self.levels.iter().filter(|level| !level.item.is_empty() && item.starts_with(&level.item)) {
            if best.is_none_or(|best| level.item.len() > best.item.len()) {
                best = Some(level);
            }
        }
        best
    }
}
