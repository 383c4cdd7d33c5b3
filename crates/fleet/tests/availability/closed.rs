//! The simulation and the exact computation against formulas written down here.

use aroeira_fleet::availability::{Cause, Child, Loss, Outage, System, Unit, simulate, unavailability};

const YEAR: f64 = 8760.0;

/// A system, what its unavailability must be, and whether the exact computation knows it too: it does not know crews.
struct Case {
    name: &'static str,
    system: System,
    down: f64,
    exact: bool,
}

fn unit(name: &str, rate: f64, outage: Outage) -> Unit {
    Unit::new(name, Cause::Machine, rate, outage)
}

/// MTTR / (MTBF + MTTR).
fn down(rate: f64, hours: f64) -> f64 {
    hours / (YEAR / rate + hours)
}

fn choose(n: u32, k: u32) -> f64 {
    (0..k).map(|i| f64::from(n - i) / f64::from(k - i)).product()
}

/// Fewer than `k` of `n` run.
fn fewer(k: u32, n: u32, u: f64) -> f64 {
    (0..k).map(|i| choose(n, i) * (1.0 - u).powi(i as i32) * u.powi((n - i) as i32)).sum()
}

/// Birth and death: `j` of `n` failed, so many repaired at a time; the probability of more than `n - k` failed.
fn crews(k: u32, n: u32, people: u32, rate: f64, hours: f64) -> f64 {
    let mut weights = vec![1.0];
    for j in 0..n {
        let fails = f64::from(n - j) * rate / YEAR;
        let repaired = f64::from((j + 1).min(people)) / hours;
        weights.push(weights[j as usize] * fails / repaired);
    }
    let bad: f64 = weights[(n - k + 1) as usize..].iter().sum();
    bad / weights.iter().sum::<f64>()
}

fn one(rate: f64, outage: Outage) -> System {
    let mut system = System::default();
    let child = system.unit(unit("a", rate, outage));
    system.all(vec![child]);
    system
}

fn redundant(k: usize, n: usize, beta: f64, failover: f64, people: Option<u32>) -> System {
    let mut system = System::default();
    let crew = people.map(|people| system.crew(people));
    let unit = Unit { crew, ..unit("a", 20.0, Outage::Exponential(40.0)) };
    system.redundant(k, n, beta, failover, &unit);
    system
}

fn cases() -> Vec<Case> {
    let u = down(20.0, 40.0);
    let mut cases = vec![];
    let mut case = |name, system, down, exact| cases.push(Case { name, system, down, exact });
    case("one, exponential", one(20.0, Outage::Exponential(10.0)), down(20.0, 10.0), true);
    case("one, always as long", one(20.0, Outage::Fixed(10.0)), down(20.0, 10.0), true);
    let lognormal = Outage::Lognormal { mean: 10.0, sigma: 1.0 };
    case("one, lognormal", one(20.0, lognormal), down(20.0, 10.0), true);
    let mut series = System::default();
    let rates = [5.0, 10.0, 30.0];
    let children = rates.map(|rate| series.unit(unit(&format!("s{rate}"), rate, Outage::Exponential(8.0))));
    series.all(children.to_vec());
    let product: f64 = rates.iter().map(|rate| 1.0 - down(*rate, 8.0)).product();
    case("three in series", series, 1.0 - product, true);
    for (name, k, n) in [
        ("1 of 2", 1, 2),
        ("2 of 2", 2, 2),
        ("1 of 3", 1, 3),
        ("2 of 3", 2, 3),
        ("2 of 4", 2, 4),
        ("3 of 5", 3, 5),
        ("4 of 6", 4, 6),
    ] {
        case(name, redundant(k as usize, n as usize, 0.0, 0.0, None), fewer(k, n, u), true);
    }
    for (name, k, n, people) in [
        ("1 of 2, one crew", 1, 2, 1),
        ("2 of 3, one crew", 2, 3, 1),
        ("1 of 3, two crews", 1, 3, 2),
        ("3 of 6, one crew", 3, 6, 1),
    ] {
        let system = redundant(k as usize, n as usize, 0.0, 0.0, Some(people));
        case(name, system, crews(k, n, people, 20.0, 40.0), false);
    }
    for (name, k, n) in [("1 of 2, common cause", 1, 2), ("2 of 3, common cause", 2, 3)] {
        let (apart, together) = (down(18.0, 40.0), down(2.0, 40.0));
        let exactly = 1.0 - (1.0 - fewer(k, n, apart)) * (1.0 - together);
        case(name, redundant(k as usize, n as usize, 0.1, 0.0, None), exactly, true);
    }
    // The child that serves fails while the other runs: A^2 x rate, each time half an hour.
    let switching = u * u + (1.0 - u) * (1.0 - u) * 20.0 / YEAR * 0.5;
    case("1 of 2, switching", redundant(1, 2, 0.0, 0.5, None), switching, true);
    // The same where each takeover was planned and takes a tenth of that.
    let mut planned = redundant(1, 2, 0.0, 0.5, None);
    planned.handover = Some(0.05);
    planned.units.iter_mut().for_each(|unit| unit.cause = Cause::Maintenance);
    let handing = u * u + (1.0 - u) * (1.0 - u) * 20.0 / YEAR * 0.05;
    case("1 of 2, planned switching", planned, handing, true);
    let mut noticed = System::default();
    let child = noticed.unit(Unit { detection: 2.0, ..unit("a", 20.0, Outage::Exponential(10.0)) });
    noticed.all(vec![child]);
    case("one, noticed late", noticed, down(20.0, 12.0), true);
    let grid = Outage::Beyond { mean: 2.0, bridged: 0.5, felt: 0.5, restart: 0.25 };
    let long = 0.5 * (-0.25_f64).exp();
    let felt = long * (2.0 + 0.25);
    case("grid behind batteries and a generator", one(50.0, grid), felt / (YEAR / 50.0 + 2.0 + long * 0.25), true);
    let mut lost = System::default();
    let child = lost.unit(unit("a", 20.0, Outage::Exponential(10.0)));
    lost.gate(1, vec![child], 0.0, Some(Loss { interval: 6.0, restore: 4.0 }));
    // A copy is read back after each repair, while the disk may already fail again.
    case("one, read back", lost, 1.0 - (YEAR / 20.0 * (-4.0_f64 * 20.0 / YEAR).exp()) / (YEAR / 20.0 + 10.0), false);
    let mut twice = System::default();
    let shared = twice.unit(unit("shared", 10.0, Outage::Exponential(8.0)));
    let pairs: Vec<Child> = (0..2)
        .map(|at| {
            let own = twice.unit(unit(&format!("own{at}"), 30.0, Outage::Exponential(20.0)));
            twice.all(vec![own, shared])
        })
        .collect();
    twice.gate(1, pairs, 0.0, None);
    let own = down(30.0, 20.0);
    case("two that share one", twice, 1.0 - (1.0 - own * own) * (1.0 - down(10.0, 8.0)), true);
    cases
}

#[test]
fn the_simulation_agrees_with_the_closed_forms() {
    let cases = cases();
    assert!(cases.len() >= 20, "{}", cases.len());
    for case in cases {
        let outcome = simulate(&case.system, 2026, 600, 2);
        let (simulated, error) = (1.0 - outcome.availability(), outcome.error());
        assert!(error < case.down * 0.15, "{}: error {error} of {}", case.name, case.down);
        let off = (simulated - case.down).abs() / error;
        assert!(off < 3.0, "{}: simulated {simulated}, must be {}, {off} standard errors", case.name, case.down);
    }
}

#[test]
fn the_exact_computation_is_the_closed_form() {
    for case in cases().into_iter().filter(|case| case.exact) {
        let exact = unavailability(&case.system).unwrap();
        assert!((exact - case.down).abs() < case.down * 1e-3, "{}: {exact}, must be {}", case.name, case.down);
    }
}

/// Ebeling, An Introduction to Reliability and Maintainability Engineering, McGraw-Hill 1997, example 11.3 on page 259, as
/// ReliaWiki's "Availability Analysis Reference Example" has it: two components that fail 0.1 and are repaired 0.2 times an
/// hour; in the steady state 0.4444 in series and 0.8889 in parallel.
#[test]
fn ebelings_two_components_are_as_published() {
    for (needed, published) in [(2, 0.4444), (1, 0.8889)] {
        let mut system = System::default();
        system.redundant(needed, 2, 0.0, 0.0, &unit("component", 0.1 * YEAR, Outage::Exponential(5.0)));
        let exact = 1.0 - unavailability(&system).unwrap();
        assert!((exact - published).abs() < 5e-5, "{exact}");
        let outcome = simulate(&system, 1, 200, 2);
        let off = (outcome.availability() - published).abs() / (outcome.error() + 5e-5);
        assert!(off < 3.0, "{} against {published}", outcome.availability());
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let system = redundant(2, 4, 0.1, 0.5, Some(1));
    let one = simulate(&system, 7, 130, 1);
    assert_eq!(one, simulate(&system, 7, 130, 3));
    assert_eq!(one, simulate(&system, 7, 130, 8));
    assert_ne!(one, simulate(&system, 8, 130, 3));
    assert_eq!(one.years.len(), 130);
}

#[test]
fn minutes_by_cause_and_by_year_are_the_same_minutes() {
    let mut system = redundant(1, 2, 0.2, 0.5, None);
    let top = Child::Gate(system.gates.len() - 1);
    let disk = system.unit(Unit::new("disk", Cause::Disk, 3.0, Outage::Exponential(5.0)));
    let data = system.gate(1, vec![disk], 0.0, Some(Loss { interval: 6.0, restore: 4.0 }));
    system.all(vec![top, data]);
    let outcome = simulate(&system, 3, 100, 2);
    let by_year: f64 = outcome.years.iter().sum();
    let by_cause: f64 = outcome.causes.iter().sum();
    assert!((by_year - by_cause).abs() < by_year * 1e-9, "{by_year} {by_cause}");
    for cause in [Cause::Machine, Cause::Disk, Cause::CommonCause, Cause::Failover, Cause::Restore] {
        let at = Cause::ALL.iter().position(|one| *one == cause).unwrap();
        assert!(outcome.causes[at] > 0.0, "{cause:?}");
    }
    assert!((outcome.lost_hours - 3.0 * outcome.losses as f64).abs() < 1e-6);
    assert!((250..350).contains(&outcome.losses), "{}", outcome.losses);
}
