//! A table that was simulated elsewhere (4,000 years; common cause 0.1, 30 minutes of batteries, 12 link failures a year),
//! reproduced from its figures. It leaves open what follows, and these values reproduce it: a machine that stops runs again
//! after 2 h; a link is out 3.8 h (12 failures then make the 1.9 days of SIGCOMM 2010); 5 % of the link failures strike both
//! carriers - with the 10 % of the machines two links would cost 4.6 h more than it says -; routes change at once; nothing is maintained, crashes or is done wrong; `local` people need no link.

use aroeira_fleet::availability::{Availability, Rates, availability};
use aroeira_fleet::{Catalogue, Spec};

const YEARS: u32 = 4000;

/// Rates with only what the table has.
fn rates() -> Rates {
    let mut rates = Rates::built_in().expect("the rates of the program");
    let none = [
        &mut rates.crashes,
        &mut rates.maintenance,
        &mut rates.human_errors,
        &mut rates.deletions,
        &mut rates.detection_minutes,
        &mut rates.power_restart_hours,
        &mut rates.edge_failures,
        &mut rates.bgp_seconds,
    ];
    for rate in none {
        rate.value = 0.0;
    }
    rates
}

fn spec(kind: &str, nodes: u32, generator: bool, carriers: &[&str]) -> Spec {
    let links: String = carriers
        .iter()
        .map(|carrier| format!("[[site.link]]\nkind = \"dedicated\"\ncarrier = \"{carrier}\"\nmbps = 500.0\n"))
        .collect();
    let routing = if carriers.len() > 1 { "bgp" } else { "single" };
    let text = format!(
        "name = \"table\"\ncurrency = \"BRL\"\nprice_books = []\n[promises]\navailability_percent = 99.9\n\
         [backup]\nevery_hours = 0\n[[site]]\nid = \"here\"\nkind = \"{kind}\"\ncountry = \"US\"\n\
         power = {{ ups_minutes = 30.0, generator = {generator} }}\naddresses = {{ routing = \"{routing}\" }}\n{links}\
         [[node]]\nid = \"node\"\nsite = \"here\"\ncount = {nodes}\ncores = 16.0\nmemory_gb = 64.0\n\
         [[clinics]]\nplan = \"starter\"\ncount = 10\n[[workload]]\nid = \"aroeira\"\nreplicas = {nodes}\n"
    );
    match Spec::read(&text) {
        Ok((spec, _)) => spec,
        Err(errors) => panic!("{errors:?}\n{text}"),
    }
}

fn answer(spec: &Spec, rates: &Rates) -> Availability {
    availability(spec, &Catalogue::built_in().expect("the catalogue of the program"), rates, 11, YEARS)
}

#[test]
fn the_table_is_reproduced() {
    let with_major_events = {
        let mut rates = rates();
        // 1.4 interruptions and 7.8 h in all.
        rates.grid_outages_elsewhere.value = 1.4;
        rates.grid_hours_elsewhere.value = 7.8 / 1.4;
        rates
    };
    let (usual, major) = (rates(), with_major_events);
    let two = ["a", "b"];
    let rows = [
        ("1 node, local", spec("on-premises", 1, false, &[]), &usual, 99.948, 0.89),
        ("1 node, 1 link", spec("own-rack", 1, false, &two[..1]), &usual, 99.429, 0.00),
        ("1 node, 2 links", spec("own-rack", 1, false, &two), &usual, 99.917, 0.77),
        ("2 nodes, local", spec("on-premises", 2, false, &[]), &usual, 99.979, 0.96),
        ("3 nodes, local", spec("on-premises", 3, false, &[]), &usual, 99.978, 0.96),
        ("3 nodes, generator, 2 links", spec("own-rack", 3, true, &two), &usual, 99.969, 0.92),
        ("3 nodes, local, major events", spec("on-premises", 3, false, &[]), &major, 99.917, 0.71),
    ];
    for (name, spec, rates, percent, kept) in rows {
        let answer = answer(&spec, rates);
        // Both were simulated for 4,000 years: three standard errors of the difference, and half of the last digit.
        let allowed = 3.0 * 2.0_f64.sqrt() * answer.error + 0.0005;
        assert!(
            (answer.percent - percent).abs() < allowed,
            "{name}: {} +- {}, not {percent}",
            answer.percent,
            answer.error
        );
        let keeps = answer.keeps_promise.unwrap();
        let allowed = 3.0 * (2.0 * keeps * (1.0 - keeps) / f64::from(YEARS)).sqrt() + 0.005;
        assert!((keeps - kept).abs() < allowed, "{name}: {keeps} of the years, not {kept}");
        let exact = answer.exact_percent.unwrap();
        assert!((exact - answer.percent).abs() < 4.0 * answer.error, "{name}: {exact}, simulated {}", answer.percent);
    }
}
