//! A disk that refuses to confirm: while fsync fails nothing is answered with success, and what was acknowledged before
//! and after is there. kill -9 alone could not tell whether fsync is called at all.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use crate::harness::{GENEROUS, Home, Server, Who, World, record};

/// The shim, compiled from the C source beside this file.
fn shim(home: &Home) -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/fsync.c");
    let library = home.directory.path().join("fsync.so");
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl").output();
    let compiled = compiled.unwrap_or_else(|e| panic!("this test needs a C compiler, as the build does: {e}"));
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    library
}

const GOOD: u8 = 0;
/// Somewhere between: a request may meet either disk.
const TURNING: u8 = 1;
const FAILING: u8 = 2;
const OVER: u8 = 3;

#[test]
fn what_the_disk_does_not_confirm_is_not_confirmed() {
    let (mut world, trigger) = with_shim();

    let phase = AtomicU8::new(GOOD);
    let acknowledged = Mutex::new(Vec::new());
    let counts = [const { AtomicUsize::new(0) }; 4];
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (world, phase, acknowledged, counts, wrong) = (&world, &phase, &acknowledged, &counts, &wrong);
            scope.spawn(move || {
                for n in 0.. {
                    let before = phase.load(Ordering::SeqCst);
                    if before == OVER {
                        return;
                    }
                    let doctor = world.doctor();
                    let write = n % 2 == 0;
                    let answer = if write {
                        doctor.post("/api/medical-records", &record(&world.patient, &format!("Registro {writer}.{n}")))
                    } else {
                        doctor.get(&format!("/api/medical-records/{}", world.record))
                    };
                    let after = phase.load(Ordering::SeqCst);
                    let ok = matches!(answer.status, 200 | 201);
                    if answer.status == 201 {
                        acknowledged.lock().unwrap().push(answer.id());
                    }
                    if before == after {
                        // Reads are journalled before they are answered, so they fail as well.
                        let right = match before {
                            FAILING => answer.status == 503,
                            GOOD => ok,
                            _ => true,
                        };
                        if !right {
                            wrong.lock().unwrap().push(format!(
                                "{} in phase {before}: {}",
                                answer.status,
                                answer.text()
                            ));
                        }
                        counts[usize::from(before)].fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
        let reach = |which: u8, many: usize| {
            let from = counts[usize::from(which)].load(Ordering::SeqCst);
            while counts[usize::from(which)].load(Ordering::SeqCst) < from + many {
                std::thread::yield_now();
            }
        };
        for _ in 0..3 {
            reach(GOOD, 30);
            phase.store(TURNING, Ordering::SeqCst);
            std::fs::write(&trigger, "").unwrap();
            settle(&world, 503);
            phase.store(FAILING, Ordering::SeqCst);
            reach(FAILING, 30);
            phase.store(TURNING, Ordering::SeqCst);
            std::fs::remove_file(&trigger).unwrap();
            settle(&world, 200);
            phase.store(GOOD, Ordering::SeqCst);
        }
        reach(GOOD, 30);
        phase.store(OVER, Ordering::SeqCst);
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong[..wrong.len().min(10)].join("\n"));
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() > 40);
    whole(&world, &acknowledged);
    // And after another start.
    world.server.end();
    let server = world.home.serve(&GENEROUS);
    world.again(server);
    whole(&world, &acknowledged);
    println!("{} records acknowledged around three failures, none lost", acknowledged.len());
}

/// A world whose disk fails while a file is there, and that file.
fn with_shim() -> (World, PathBuf) {
    let mut world = World::new();
    let trigger = world.home.directory.path().join("falha");
    let library = shim(&world.home);
    // The first server ends in peace; the next one has the shim before its disk.
    world.server.end();
    let mut command = world.home.command(&["serve"]);
    command.env("AROEIRA_SERVER__LISTEN", "127.0.0.1:0").envs(GENEROUS);
    command.env("LD_PRELOAD", &library).env("FAULT_WHEN", &trigger).env("FAULT_UNDER", world.home.clinic_directory());
    world.again(Server::start(command));
    (world, trigger)
}

#[test]
fn nobody_is_told_that_they_signed_out_before_the_disk_says_so() {
    let (world, trigger) = with_shim();
    let nurse = world.client(Who::Nurse);
    nurse.get("/api/me").is(200);
    std::fs::write(&trigger, "").unwrap();
    settle(&world, 503);
    nurse.delete("/api/sessions/current", "", "").is(503);
    std::fs::remove_file(&trigger).unwrap();
    settle(&world, 200);
    // Whether the session ended was not known; asked again, it has, and stays so.
    let again = nurse.delete("/api/sessions/current", "", "");
    assert!(matches!(again.status, 204 | 401), "{}: {}", again.status, again.text());
    nurse.get("/api/me").is(401);
    assert_eq!(world.client(Who::Auditor).get("/api/audit/verify").is(200).json()["ok"], true);
}

/// Asks until a read is answered so: from then on every request meets the disk as it is now.
fn settle(world: &World, status: u16) {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let answer = world.doctor().get(&format!("/api/medical-records/{}", world.record));
        if answer.status == status {
            return;
        }
        assert!(std::time::Instant::now() < until, "still {} instead of {status}: {}", answer.status, answer.text());
    }
}

fn whole(world: &World, acknowledged: &[String]) {
    for id in acknowledged {
        world.doctor().get(&format!("/api/medical-records/{id}")).is(200);
    }
    let verified = world.client(Who::Auditor).get("/api/audit/verify").is(200).json();
    assert_eq!(verified["ok"], true, "{verified}");
}
