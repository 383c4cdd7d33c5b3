//! The project's own chores: `cargo xtask setup | test [--fast|--long] | clients | fleet | fuzz | compare | bench [fhir]`.

mod clients;
mod fleet;
mod fuzz;
mod server;
mod setup;
mod steps;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use steps::{Outcome, Run, cargo};

const USAGE: &str = "\
cargo xtask setup            install what the tests need
cargo xtask test             every test, after setup
cargo xtask test --fast      without the browser, the FHIR clients of others and the fuzzer
cargo xtask test --long      with the long runs as well (LONG=1 for the tests, more cases for the fuzzer)
cargo xtask clients          the FHIR clients of others alone
cargo xtask fleet [CHECK]    what `aroeira fleet render` writes, checked by the tools that read it; or one of the checks
cargo xtask fuzz             the fuzzer alone
cargo xtask compare          the search index beside that of npm fhirpath, over every official example; fails where the
                             differences are not those of crates/fhir/tests/compare.txt (REVIEW=1 writes them anew)
cargo xtask bench            the figures, from a release build; writes bench.json under the target directory
cargo xtask bench fhir       those of FHIR, at one and ten times 20,000 resources; --large: at fifty times as well
cargo xtask bench --profile  what a clinic of each plan takes, for the catalogue of fleets; writes profile.json
cargo xtask bench --density  as many clinics as a plan gives this machine, at their busiest hour: fails where the plan lied";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["setup"] => setup(),
        ["test"] => test(Extent::Whole),
        ["test", "--fast"] => test(Extent::Fast),
        ["test", "--long"] => test(Extent::Long),
        ["clients"] => clients(),
        ["fleet", only @ ..] if only.len() <= 1 => fleet(only.first().copied()),
        ["fuzz"] => fuzz(),
        ["compare"] => compare(),
        ["bench", rest @ ..] if matches!(rest, [] | ["fhir", "--large"] | ["fhir" | "--profile" | "--density"]) => {
            bench(rest)
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How much of the tests is run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Fast,
    Whole,
    Long,
}

fn setup() -> bool {
    let mut run = Run::new("setup");
    install(&mut run, Extent::Whole);
    run.finish()
}

fn install(run: &mut Run, extent: Extent) {
    run.step("cargo-nextest", || setup::cargo_tool("cargo-nextest", "0.9.103", true));
    run.step("npm ci (front)", || setup::npm_ci("front"));
    if extent != Extent::Fast {
        run.step("cargo-deny", || setup::cargo_tool("cargo-deny", "0.20.2", false));
        run.step("cargo-machete", || setup::cargo_tool("cargo-machete", "0.9.2", false));
        run.step("chromium", setup::chromium);
        run.step("npm ci (e2e)", || setup::npm_ci("e2e"));
        install_clients(run);
        install_fleet(run);
        run.step("schemathesis", setup::schemathesis);
    }
}

/// Programs that read what is rendered, and their packages. Of nginx and the core rule set, Debian 12's: those that hosts will have.
const FLEET: &[(&str, &str)] = &[
    ("amtool", "prometheus-alertmanager"),
    ("curl", "curl"),
    ("haproxy", "haproxy"),
    ("ip", "iproute2"),
    ("nft", "nftables"),
    ("nginx", "nginx"),
    ("openssl", "openssl"),
    ("prometheus-node-exporter", "prometheus-node-exporter"),
    ("promtool", "prometheus"),
    ("prometheus-blackbox-exporter", "prometheus-blackbox-exporter"),
    ("redis-server", "redis-server"),
    ("shellcheck", "shellcheck"),
    ("sshd", "openssh-server"),
    ("systemd-analyze", "systemd"),
    ("wg-quick", "wireguard-tools"),
    ("", "libnginx-mod-http-modsecurity"),
    ("", "modsecurity-crs"),
];

/// Tools of Debian and of Python that read what `aroeira fleet render` writes.
fn install_fleet(run: &mut Run) {
    run.step("apt (fleet)", || setup::debian(FLEET));
    run.step("pip (fleet)", setup::python_fleet);
    run.step("npm ci (fleet)", || setup::npm_ci("xtask/fleet/kubernetes"));
    run.step("npm (schemas of Terraform's providers)", setup::terraform_providers);
}

fn install_clients(run: &mut Run) {
    run.step("npm ci (clients)", || setup::npm_ci("clients"));
    run.step("pip (clients)", setup::python_clients);
}

fn test(extent: Extent) -> bool {
    let mut run = Run::new("test");
    install(&mut run, extent);
    run.step("rustfmt", || steps::run(&mut cargo(["fmt", "--all", "--check"])));
    run.step("clippy", || {
        steps::run(&mut cargo(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))
    });
    if extent != Extent::Fast {
        // The advisory database is fetched from a forge, which not every machine can reach: the rest needs no network.
        run.step("cargo deny", || {
            println!("advisories are skipped: their database has to be fetched (`cargo deny check advisories` does)");
            setup::if_installed("cargo-deny", cargo(["deny", "--offline", "check", "bans", "licenses", "sources"]))
        });
        // By its own name: under `cargo run` it takes its subcommand's name for a directory.
        run.step("cargo machete", || {
            let mut machete = Command::new("cargo-machete");
            machete.current_dir(steps::root());
            setup::if_installed("cargo-machete", machete)
        });
    }
    run.step("nextest", || {
        let mut nextest = cargo(["nextest", "run", "--workspace"]);
        if extent == Extent::Long {
            nextest.env("LONG", "1");
        }
        steps::run(&mut nextest)
    });
    run.step("doc tests", || steps::run(&mut cargo(["test", "--workspace", "--doc", "--quiet"])));
    run.step("front", || steps::run(npm("front").args(["test"])));
    if extent != Extent::Fast {
        build(&mut run);
        run.step("e2e", || {
            let mut e2e = npm("e2e");
            e2e.args(["test"]).env("BINARY", steps::target().join("debug/aroeira"));
            if let Some(chromium) = setup::found_chromium() {
                e2e.env("CHROMIUM", chromium);
            }
            if steps::root().join("e2e/package.json").exists() {
                steps::run(&mut e2e)
            } else {
                Outcome::Skipped("there is no e2e/package.json".into())
            }
        });
        run.step("clients", clients::run);
        run.step("fleet", || fleet::run(None));
        if extent == Extent::Long {
            build_bench(&mut run);
            run.step("density", || run_bench(&["--density"]));
        }
        run.step("schemathesis", || fuzz::run(if extent == Extent::Long { 10 } else { 1 }));
    }
    run.finish()
}

fn build(run: &mut Run) {
    run.step("build", || steps::run(&mut cargo(["build", "--package", "aroeira"])));
}

fn clients() -> bool {
    let mut run = Run::new("clients");
    install_clients(&mut run);
    build(&mut run);
    run.step("clients", clients::run);
    run.finish()
}

fn fleet(only: Option<&str>) -> bool {
    let mut run = Run::new("fleet");
    install_fleet(&mut run);
    build(&mut run);
    run.step("fleet", || fleet::run(only));
    run.finish()
}

fn fuzz() -> bool {
    let mut run = Run::new("fuzz");
    run.step("schemathesis", setup::schemathesis);
    build(&mut run);
    run.step("fuzz", || fuzz::run(1));
    run.finish()
}

fn compare() -> bool {
    let mut run = Run::new("compare");
    run.step("cargo-nextest", || setup::cargo_tool("cargo-nextest", "0.9.103", true));
    run.step("npm ci (compare)", || setup::npm_ci("crates/fhir/tests/compare"));
    run.step("compare", || {
        let test = ["nextest", "run", "--package", "aroeira-fhir", "--test", "compare", "--run-ignored", "only"];
        steps::run(&mut cargo(test))
    });
    run.finish()
}

fn bench(words: &[&str]) -> bool {
    let mut run = Run::new("bench");
    build_bench(&mut run);
    run.step("bench", || run_bench(words));
    run.finish()
}

/// One after the other, so that the binary is the very one that `cargo run --release` makes.
fn build_bench(run: &mut Run) {
    run.step("build release", || steps::run(&mut cargo(["build", "--release", "--package", "aroeira"])));
    run.step("build bench", || {
        steps::run(&mut cargo(["build", "--release", "--package", "xtask", "--example", "bench"]))
    });
}

fn run_bench(words: &[&str]) -> Outcome {
    let bench: PathBuf = steps::target().join("release/examples/bench");
    steps::run(Command::new(bench).arg(steps::target()).args(words))
}

fn npm(directory: &str) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(steps::root().join(directory));
    npm
}
