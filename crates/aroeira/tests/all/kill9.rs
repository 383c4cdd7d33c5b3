//! kill -9 under load: whatever was acknowledged is there afterwards, and the chain verifies.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::harness::{Client, GENEROUS, Who, World, long, record};

const WRITERS: usize = 3;

/// What was acknowledged: id and version.
type Acknowledged = Mutex<BTreeMap<String, u64>>;

#[test]
fn fifty_kills_lose_nothing_that_was_acknowledged() {
    let rounds = if long() { 500 } else { 50 };
    let mut world = World::new();
    let acknowledged = Acknowledged::default();
    let mut restarts = 0;
    for round in 0..rounds {
        load_until_killed(&mut world, &acknowledged, round);
        // What came after it was killed is checked by the one that is started now, the next time around.
        let doctor = world.doctor();
        for (id, version) in fresh(&acknowledged, round) {
            let read = doctor.get(&format!("/api/medical-records/{id}")).is(200);
            assert!(read.json()["version"].as_u64() >= Some(version), "round {round}: {id} lost version {version}");
        }
        let verified = world.client(Who::Auditor).get("/api/audit/verify").is(200).json();
        assert_eq!(verified["ok"], true, "round {round}: {verified}");
        restarts += 1;
    }
    let all = acknowledged.into_inner().unwrap();
    assert!(all.len() >= rounds * 5, "only {} writes in {rounds} rounds", all.len());
    for (id, version) in &all {
        let read = world.doctor().get(&format!("/api/medical-records/{id}")).is(200);
        assert!(read.json()["version"].as_u64() >= Some(*version), "{id} lost version {version}");
    }
    println!("{restarts} kills, {} records acknowledged, none lost", all.len());
    assert!(world.home.verify().contains("ok, "));
}

/// A few of all rounds and everything of the last one: all are looked at in the end.
fn fresh(acknowledged: &Acknowledged, round: usize) -> Vec<(String, u64)> {
    let all = acknowledged.lock().unwrap();
    let latest = all.len().saturating_sub(40 + round % 7);
    all.iter().skip(latest).map(|(id, version)| (id.clone(), *version)).collect()
}

/// Writes and reads from several threads, then SIGKILL after some acknowledgements, and a new server in its place.
fn load_until_killed(world: &mut World, acknowledged: &Acknowledged, round: usize) {
    let enough = 3 + (round * 7) % 20;
    let (killed, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (doctor, patient, pid) = (world.doctor().clone(), world.patient.clone(), world.server.pid());
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (doctor, patient, killed, done) = (&doctor, &patient, &killed, &done);
            scope.spawn(move || write(doctor, patient, &format!("{round}.{writer}"), acknowledged, killed, done));
        }
        let (doctor, killed) = (&doctor, &killed);
        scope.spawn(move || {
            while !killed.load(Ordering::SeqCst) {
                let _ = doctor.request("GET", "/api/medical-records?limit=3").try_send();
            }
        });
        while done.load(Ordering::SeqCst) < enough {
            std::thread::yield_now();
        }
        let kill = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap();
        assert!(kill.success());
        killed.store(true, Ordering::SeqCst);
    });
    // What was in flight may be there or not; the session must be.
    let server = world.home.serve(&GENEROUS);
    world.again(server);
}

/// New records, and every third one amended, until the server is gone.
fn write(
    doctor: &Client,
    patient: &str,
    name: &str,
    acknowledged: &Acknowledged,
    killed: &AtomicBool,
    done: &AtomicUsize,
) {
    for n in 0.. {
        let body = record(patient, &format!("Registro {name}.{n}"));
        let Ok(answer) = doctor.request("POST", "/api/medical-records").json(&body).try_send() else {
            assert!(ends(killed), "the server ended by itself");
            return;
        };
        let id = answer.is(201).id();
        acknowledged.lock().unwrap().insert(id.clone(), 1);
        done.fetch_add(1, Ordering::SeqCst);
        if n % 3 == 0 {
            let body = serde_json::json!({ "notes": "Mais uma nota.", "reason": "complemento" });
            let amend =
                doctor.request("PUT", &format!("/api/medical-records/{id}")).header("If-Match", "W/\"1\"").json(&body);
            match amend.try_send() {
                Ok(answer) => {
                    answer.is(200);
                    acknowledged.lock().unwrap().insert(id, 2);
                }
                Err(_) => return assert!(ends(killed), "the server ended by itself"),
            }
        }
    }
}

/// Whether the kill is told within a while of a cut connection: the signal comes a moment before the flag.
fn ends(killed: &AtomicBool) -> bool {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !killed.load(Ordering::SeqCst) && std::time::Instant::now() < until {
        std::thread::yield_now();
    }
    killed.load(Ordering::SeqCst)
}
