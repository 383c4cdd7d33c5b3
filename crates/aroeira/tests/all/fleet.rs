//! `aroeira fleet` as a provider types it: files, exit codes, what is said.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Home, bare, done, err, failed, out};

const PRESETS: [&str; 9] = [
    "garage",
    "local-provider",
    "colocation",
    "aws-health",
    "aws-starter",
    "aws-professional",
    "aws-enterprise",
    "hybrid",
    "hospital",
];

struct Desk {
    directory: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn run(&self, words: &[&str]) -> Output {
        bare(words).current_dir(self.directory.path()).output().unwrap()
    }

    fn run_with(&self, words: &[&str], input: &[u8]) -> Output {
        let mut command = bare(words);
        command.current_dir(self.directory.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // One that refuses its words reads nothing.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    fn preset(&self, name: &str) -> String {
        done(&self.run(&["fleet", "init", "--from", name, "--out", "-"]))
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }
}

#[test]
fn every_preset_is_written_and_can_be_checked() {
    let desk = Desk::new();
    for name in PRESETS {
        let file = format!("{name}.toml");
        assert!(done(&desk.run(&["fleet", "init", "--from", name, "--out", &file])).contains(&file));
        assert_eq!(std::fs::read_to_string(desk.path(&file)).unwrap(), desk.preset(name));
        let checked = desk.run(&["fleet", "check", &file]);
        // The document of these promises an hour and copies every six.
        let contradicts = matches!(name, "aws-starter" | "aws-professional" | "aws-enterprise");
        assert_eq!(checked.status.code(), Some(i32::from(contradicts)), "{name}: {}{}", out(&checked), err(&checked));
        assert_eq!(out(&checked).contains("[rpo-shorter-than-backups]"), contradicts, "{name}");
    }
}

#[test]
fn what_is_there_is_never_overwritten() {
    let desk = Desk::new();
    desk.write("fleet.toml", "mine");
    let told = failed(&desk.run(&["fleet", "init", "--from", "garage"]), 1);
    assert!(told.contains("fleet.toml exists already"), "{told}");
    // Refused before anybody answers ten questions.
    assert!(!failed(&desk.run_with(&["fleet", "init"], b""), 1).contains("1."));
    assert_eq!(std::fs::read_to_string(desk.path("fleet.toml")).unwrap(), "mine");
    assert_eq!(desk.run(&["fleet", "init", "--from", "palace"]).status.code(), Some(2));
    failed(&desk.run(&["fleet", "init", "--from", "garage", "--out", "nowhere/fleet.toml"]), 3);
}

#[test]
fn ten_questions_make_a_spec() {
    let desk = Desk::new();
    let answers = "Minha Frota\nrede-norte\n3\n12\n\n1\nsim\n99,95\n\n0,5\nn\n";
    let asked = desk.run_with(&["fleet", "init"], answers.as_bytes());
    done(&asked);
    let questions = err(&asked);
    assert!(questions.contains("10. Os dados só podem ficar no Brasil?"), "{questions}");
    assert!(
        questions.contains("letras minúsculas sem acento"),
        "an answer that is no name is asked again: {questions}"
    );
    let text = std::fs::read_to_string(desk.path("fleet.toml")).unwrap();
    for line in [
        "name = \"rede-norte\"",
        "availability_percent = 99.95",
        "rto_hours = 4",
        "rpo_hours = 0.5",
        "countries = []",
        "count = 12",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(
        text.contains("id = \"whisper\"")
            && text.contains("plan = \"enterprise\"")
            && !text.contains("plan = \"professional\"")
    );
    assert_eq!(
        out(&desk.run(&["fleet", "check", "fleet.toml"])).lines().last().map(|line| line.contains("erro")),
        Some(true)
    );
}

#[test]
fn questions_without_answers_take_what_is_offered_or_end() {
    let desk = Desk::new();
    done(&desk.run_with(&["fleet", "init"], b""));
    done(&desk.run(&["fleet", "check", "fleet.toml"]));
    let told = failed(&desk.run_with(&["fleet", "init", "--out", "b.toml"], "b\n9\n9\n9\n9\n9\n".as_bytes()), 2);
    assert!(told.contains("question 2"), "{told}");
    assert!(!desk.path("b.toml").exists());
}

#[test]
fn what_is_found_stands_at_its_line_in_both_languages() {
    let desk = Desk::new();
    desk.write("fleet.toml", &desk.preset("aws-enterprise"));
    let line = desk.preset("aws-enterprise").lines().position(|line| line.starts_with("rpo_hours")).unwrap() + 1;
    let portuguese = out(&desk.run(&["fleet", "check", "fleet.toml"]));
    assert_eq!(
        portuguese,
        format!(
            "ERRO   fleet.toml:{line}:1: promete-se perder no máximo 1 h de trabalho, mas há uma cópia a cada 6 h \
             [rpo-shorter-than-backups]\n         \
             -> copie a cada alteração (backup.every_hours = 0) ou prometa RPO de 6 h\n1 erro, 0 avisos, 0 notas\n"
        )
    );
    let english = out(&desk.run(&["fleet", "check", "fleet.toml", "--language", "en"]));
    assert!(
        english.contains("at most 1 h of work may be lost") && english.ends_with("1 error, 0 risks, 0 notes\n"),
        "{english}"
    );
    let json: Value = serde_json::from_str(&out(&desk.run(&["fleet", "check", "fleet.toml", "--json"]))).unwrap();
    assert_eq!((&json["name"], &json["errors"]), (&"aws-enterprise".into(), &1.into()));
    let finding = &json["findings"][0];
    assert_eq!((&finding["code"], &finding["severity"]), (&"rpo-shorter-than-backups".into(), &"error".into()));
    assert_eq!((&finding["place"]["line"], &finding["path"]), (&line.into(), &"promises.rpo_hours".into()));
    assert!(finding["text"]["pt-BR"].is_string() && finding["remedy"]["en"].is_string());
}

#[test]
fn a_risk_fails_a_strict_check_alone() {
    let desk = Desk::new();
    let text = desk.preset("colocation").replace("admin_vpn = true", "admin_vpn = false");
    let relaxed = desk.run_with(&["fleet", "check", "-"], text.as_bytes());
    assert!(done(&relaxed).contains("[no-admin-vpn]"));
    assert_eq!(desk.run_with(&["fleet", "check", "-", "--strict"], text.as_bytes()).status.code(), Some(1));
    assert_eq!(
        desk.run_with(&["fleet", "check", "-", "--strict"], desk.preset("colocation").as_bytes()).status.code(),
        Some(0)
    );
}

#[test]
fn what_is_no_spec_is_told_with_line_and_column() {
    let desk = Desk::new();
    let text = desk.preset("garage");
    let line = text.lines().position(|line| line == "cores = 16").unwrap() + 1;
    desk.write("fleet.toml", &text.replace("cores = 16", "coers = 16"));
    let told = failed(&desk.run(&["fleet", "check", "fleet.toml"]), 2);
    assert!(told.contains(&format!("error: fleet.toml:{line}:1: campo desconhecido `coers`")), "{told}");
    assert!(told.contains("help: Quis dizer `cores`?"), "{told}");
    let told = failed(&desk.run(&["fleet", "plan", "fleet.toml", "--language", "en"]), 2);
    assert!(told.contains("unknown field `coers`") && told.contains("help: Is `cores` meant?"), "{told}");
    desk.write("fleet.toml", &text.replace("cores = 16", "cores = nan").replace("\"BRL\"", "\"real\""));
    let told = failed(&desk.run(&["fleet", "check", "fleet.toml"]), 2);
    assert!(
        told.contains(&format!("fleet.toml:{line}:9: nan está fora do que")) && told.contains("2 problemas"),
        "{told}"
    );
    failed(&desk.run(&["fleet", "check", "nowhere.toml"]), 3);
    std::fs::write(desk.path("fleet.toml"), b"name = \"a\"\n\xff").unwrap();
    assert!(failed(&desk.run(&["fleet", "check", "fleet.toml"]), 2).contains("fleet.toml:2: this is not UTF-8"));
}

#[test]
fn a_provider_adds_to_the_catalogue() {
    let desk = Desk::new();
    let text = desk.preset("garage") + "\n[[workload]]\nid = \"agenda\"\n";
    desk.write("fleet.toml", &text);
    let unknown = desk.run(&["fleet", "check", "fleet.toml"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(out(&unknown).contains("o catálogo não conhece `agenda`"));
    desk.write(
        "agenda.toml",
        "id = \"agenda\"\nname = \"Agenda\"\nunit = \"clinic\"\ncores = { base = 0.1 }\nmemory_gb = { base = 0.5 }\n\
         source = { standing = \"assumed\", text = \"a guess\", date = \"2026-11-22\" }\n",
    );
    done(&desk.run(&["fleet", "check", "fleet.toml", "--catalogue", "agenda.toml"]));
    // How its image is run is data too; `$` is Compose's own sign.
    let bare = std::fs::read_to_string(desk.path("agenda.toml")).unwrap();
    let run = "image = \"example.org/agenda:1\"\n[run]\nargs = [\"--chave\", \"{secrets}/agenda-chave\", \"$HOME\"]\nenv = { PRONTUARIO = \"{at:aroeira}\" }\nsecrets = [\"agenda-chave\"]\n";
    desk.write("agenda.toml", &format!("{bare}{run}"));
    let render = ["fleet", "render", "fleet.toml", "--to", "compose", "--out", "d", "--catalogue", "agenda.toml"];
    done(&desk.run(&render));
    let compose = std::fs::read_to_string(desk.path("d/compose.yaml")).unwrap();
    for said in [
        "image: \"example.org/agenda:1\"",
        "- \"/run/secrets/agenda-chave\"",
        "- \"$$HOME\"",
        "PRONTUARIO: \"aroeira:8080\"",
        "agenda-chave: { file: ./secrets/agenda-chave }",
    ] {
        assert!(compose.contains(said), "{said} is missing: {compose}");
    }
    desk.write("agenda.toml", &format!("{bare}[run]\nscratch = [\"/tmp/a: b\"]\n"));
    let told = failed(&desk.run(&["fleet", "check", "fleet.toml", "--catalogue", "agenda.toml"]), 2);
    assert!(told.contains("[run]") && told.contains("is no absolute path"), "{told}");
    desk.write("agenda.toml", "id = \"agenda\"\n");
    let told = failed(&desk.run(&["fleet", "check", "fleet.toml", "--catalogue", "agenda.toml"]), 2);
    assert!(told.contains("agenda.toml"), "{told}");
}

#[test]
fn the_schema_is_one_that_editors_read() {
    let schema: Value = serde_json::from_str(&done(&Desk::new().run(&["fleet", "schema"]))).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["properties"]["node"]["description"].is_string());
}

impl Desk {
    /// What a command prints as JSON.
    fn told(&self, words: &[&str]) -> Value {
        serde_json::from_str(&done(&self.run(words))).unwrap()
    }

    /// Writes a preset. Answers its file.
    fn fleet(&self, preset: &str) -> String {
        let file = format!("{preset}.toml");
        self.write(&file, &self.preset(preset));
        file
    }
}

#[test]
fn the_bills_of_the_requirements_come_out_to_the_cent() {
    let desk = Desk::new();
    for (preset, total, currency) in [
        ("aws-health", 540.0, "USD"),
        ("aws-starter", 1650.0, "BRL"),
        ("aws-professional", 4900.0, "BRL"),
        ("aws-enterprise", 14700.0, "BRL"),
    ] {
        let cost = desk.told(&["fleet", "cost", &desk.fleet(preset), "--json"]);
        assert_eq!(
            (cost["monthly"]["total"].as_f64(), cost["monthly"]["currency"].as_str()),
            (Some(total), Some(currency))
        );
    }
}

#[test]
fn a_fleet_is_planned_simulated_grown_and_compared() {
    let desk = Desk::new();
    let (health, colocation) = (desk.fleet("aws-health"), desk.fleet("colocation"));
    let plan = desk.told(&["fleet", "plan", &colocation, "--json"]);
    assert_eq!((&plan["fits"], &plan["survival"]["holds"]), (&Value::Bool(true), &Value::Bool(true)));
    done(&desk.run(&["fleet", "plan", &colocation, "--strict"]));
    // One card cannot fail: said, and an error only where that is asked for.
    let plan = desk.told(&["fleet", "plan", &health, "--json"]);
    assert_eq!(plan["survival"]["holds"], false);
    assert!(!plan["changes"].as_array().unwrap().is_empty() || !plan["findings"].as_array().unwrap().is_empty());
    assert_eq!(desk.run(&["fleet", "plan", &health, "--strict"]).status.code(), Some(1));
    let years =
        |seed: &str| desk.told(&["fleet", "availability", &colocation, "--years", "500", "--seed", seed, "--json"]);
    let (one, again, other) = (years("1"), years("1"), years("2"));
    assert_eq!(one, again);
    assert_ne!(one["minutes"], other["minutes"]);
    assert!(one["percent"].as_f64().unwrap() > 99.0 && one["years"] == 500);
    let growth = desk.told(&["fleet", "growth", &colocation, "--json"]);
    let stages = growth["stages"].as_array().unwrap();
    assert_eq!((stages[0]["clinics"].as_u64(), stages.last().unwrap()["clinics"].as_u64()), (Some(10), Some(10_000)));
    let both = desk.told(&["fleet", "compare", &health, &colocation, "--json"]);
    assert_eq!((&both["specs"][0]["name"], &both["specs"][1]["name"]), (&"aws-health".into(), &"colocation".into()));
    for command in ["plan", "cost", "availability", "growth"] {
        for language in ["pt-BR", "en"] {
            let text = done(&desk.run(&["fleet", command, &colocation, "--language", language]));
            assert!(text.lines().count() > 5, "{command} {language}: {text}");
        }
        failed(&desk.run(&["fleet", command, "nowhere.toml"]), 3);
        // `| head` reads no further, and nothing is wrong with that.
        let mut child = bare(&["fleet", command, &colocation])
            .current_dir(desk.directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert!(!err(&child.wait_with_output().unwrap()).contains("panicked"));
    }
}

#[test]
fn the_probes_of_the_catalogue_are_those_that_answer() {
    let home = Home::new();
    let server = home.serve(&[]);
    let catalogue = aroeira_fleet::Catalogue::built_in().unwrap();
    let probes = &catalogue.get("aroeira").unwrap().probes;
    for path in [probes.live.as_deref().unwrap(), probes.ready.as_deref().unwrap()] {
        server.client().get(path).is(200);
    }
}

#[test]
fn what_is_rendered_is_the_specs_and_what_somebody_changed_is_theirs() {
    let desk = Desk::new();
    desk.write("fleet.toml", &desk.preset("garage"));
    let render = |more: &[&str]| {
        let words = ["fleet", "render", "fleet.toml", "--to", "compose", "--out", "deploy"];
        desk.run(&[&words[..], more].concat())
    };
    let read = |name: &str| std::fs::read_to_string(desk.path("deploy").join(name)).unwrap();
    assert_eq!(render(&["--check"]).status.code(), Some(1), "nothing is there yet");
    assert!(!desk.path("deploy").exists(), "a check writes nothing");
    assert!(done(&render(&[])).contains("+ compose.yaml"));
    let first = read("compose.yaml");
    assert!(read("SHA256SUMS").contains("  compose.yaml"));
    done(&render(&["--check"]));
    assert!(done(&render(&[])).contains(" 0 escritos, 0 retirados"), "the same again");

    // What somebody changed is not overwritten, and nothing else is written beside it.
    std::fs::write(desk.path("deploy/compose.yaml"), "name: meu\n").unwrap();
    let told = failed(&render(&[]), 1);
    assert!(told.contains("compose.yaml was changed since it was rendered"), "{told}");
    assert_eq!(read("compose.yaml"), "name: meu\n");
    done(&render(&["--force"]));
    assert_eq!(read("compose.yaml"), first);

    // What is rendered no longer goes; what was never rendered stays, whatever the list says of it.
    std::fs::write(desk.path("deploy/nota.txt"), "minha").unwrap();
    std::fs::write(desk.path("fora.txt"), "de outros").unwrap();
    std::fs::write(desk.path("deploy/velho.yaml"), "velho\n").unwrap();
    let list = read("SHA256SUMS");
    let old = "bf4bef1d6d2ce3a6d3ebfd1a8bf0d9a1b6c0b3b1a2b0a93e3ae1d2f3c4d5e6f7";
    std::fs::write(desk.path("deploy/SHA256SUMS"), format!("{list}{old}  velho.yaml\n{old}  ../fora.txt\n")).unwrap();
    assert!(failed(&render(&[]), 1).contains("velho.yaml was changed"), "its hash is another");
    assert!(done(&render(&["--force"])).contains("- velho.yaml"));
    assert!(!desk.path("deploy/velho.yaml").exists());
    assert!(desk.path("deploy/nota.txt").exists() && desk.path("fora.txt").exists());
}

#[test]
fn every_preset_is_rendered_to_what_suits_it_and_says_why_not_to_the_rest() {
    let desk = Desk::new();
    for name in PRESETS {
        desk.write("fleet.toml", &desk.preset(name));
        for target in [
            "compose",
            "systemd",
            "kubernetes",
            "helm",
            "argocd",
            "terraform",
            "prometheus",
            "grafana",
            "github-actions",
        ] {
            let words = ["fleet", "render", "fleet.toml", "--json", "--to", target];
            let said = desk.run(&words);
            if said.status.success() {
                let files: Value = serde_json::from_str(&out(&said)).unwrap();
                assert!(files.as_object().unwrap().len() > 1, "{name} {target}");
                // In the other language the files are the same ones.
                let english = desk.run(&[&words[..], &["--language", "en"]].concat());
                let english: Value = serde_json::from_str(&done(&english)).unwrap();
                assert!(files.as_object().unwrap().keys().eq(english.as_object().unwrap().keys()), "{name} {target}");
            } else {
                let why = failed(&said, 2);
                assert!(why.contains(target) && why.len() > 60, "{name}: {why}");
            }
        }
    }
    assert!(!desk.path("nowhere").exists(), "JSON goes to standard output");
    assert_eq!(desk.run(&["fleet", "render", "fleet.toml", "--to", "palace", "--out", "x"]).status.code(), Some(2));
}

#[test]
fn the_bill_says_what_follows_from_it() {
    let desk = Desk::new();
    let (health, colocation) = (desk.fleet("aws-health"), desk.fleet("colocation"));
    let own = desk.told(&["fleet", "cost", &colocation, "--json"]);
    assert!(own["three_years"]["own"]["total"].as_f64() > own["monthly"]["total"].as_f64());
    assert_eq!(own["three_years"]["clouds"].as_array().map(Vec::len), Some(3));
    assert!(own["penalty"]["expected"].is_number() && own["savings"].is_array() && own["lifecycles"].is_array());
    let rented = desk.told(&["fleet", "cost", &health, "--json"]);
    assert!(rented["three_years"].is_null() && rented["penalty"].is_null());
    let other = &rented["other_books"];
    assert!(other["books"].as_array().unwrap().contains(&"aws-2026-11".into()));
    for line in other["lines"].as_array().unwrap() {
        assert!(line["reason"].is_string() && line["percent"].as_f64().is_none_or(|percent| percent.abs() > 2.0));
    }
    let text = done(&desk.run(&["fleet", "cost", &colocation]));
    for said in ["Três anos:", "Multas esperadas por mês", "por hora"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(done(&desk.run(&["fleet", "cost", &health])).contains("Por outras tabelas (aws-2026-11"));
}

#[test]
fn the_report_is_written_over_what_is_there() {
    let desk = Desk::new();
    let garage = desk.fleet("garage");
    desk.write("report.html", "old");
    for (command, open) in [
        ("check", "risks"),
        ("plan", "sites"),
        ("cost", "cost"),
        ("availability", "availability"),
        ("growth", "growth"),
    ] {
        let said = done(&desk.run(&["fleet", command, &garage, "--html", "report.html"]));
        assert_eq!(said.trim(), "report.html");
        let html = std::fs::read_to_string(desk.path("report.html")).unwrap();
        let opened = html.split_once("<details class=\"fold\" open>").unwrap().1;
        assert!(opened.split_once(" id=\"").unwrap().1.starts_with(open), "{command}");
    }
    let printed = done(&desk.run(&["fleet", "check", &garage, "--html", "-", "--language", "en"]));
    assert!(printed.starts_with("<!doctype html>\n<html lang=\"en\">") && printed.trim_end().ends_with("</html>"));
    let health = desk.fleet("aws-health");
    done(&desk.run(&["fleet", "compare", &garage, &health, "--html", "both.html"]));
    assert!(std::fs::read_to_string(desk.path("both.html")).unwrap().contains("garagem e aws-health"));
    failed(&desk.run(&["fleet", "cost", &garage, "--html", "nowhere/report.html"]), 3);
    assert_eq!(desk.run(&["fleet", "cost", &garage, "--html", "a.html", "--json"]).status.code(), Some(2));
}

#[test]
fn what_runs_is_held_against_the_plan() {
    let desk = Desk::new();
    desk.write("fleet.toml", &desk.preset("garage"));
    let home = Home::with_clinic();
    let server = home.serve(&[]);
    let url = format!("http://{}", server.address);
    let seen: Value = serde_json::from_str(&done(&desk.run(&[
        "fleet",
        "status",
        "fleet.toml",
        "--server",
        &url,
        "--here",
        "torre",
        "--json",
    ])))
    .unwrap();
    let replica = &seen["workloads"][0]["replicas"][0];
    assert!(replica["up"] == true && replica["ready"] == true && replica["encrypted"] == false, "{seen:#}");
    assert!(seen["nodes"][0]["seen"]["has"]["memory_gb"].as_f64().unwrap() > 0.0, "{seen:#}");
    // A machine of another size than the tower's: that differs, and only a pipeline fails for it.
    assert_eq!(seen["as_planned"], false);
    let strict = ["fleet", "status", "fleet.toml", "--server", &url, "--here", "torre", "--strict"];
    assert_eq!(desk.run(&strict).status.code(), Some(1));
    assert_eq!(server.terminate().0, Some(0));
    let told = failed(&desk.run(&["fleet", "status", "fleet.toml", "--server", &url]), 1);
    assert!(told.contains("does not answer"), "{told}");
}

#[test]
fn what_is_asked_is_asked_with_care() {
    let desk = Desk::new();
    desk.write("fleet.toml", &desk.preset("garage"));
    desk.write("token", "c2VjcmV0\n");
    let status = |words: &[&str]| desk.run(&[&["fleet", "status", "fleet.toml"][..], words].concat());
    failed(&status(&[]), 2);
    failed(&status(&["--here", "palacio"]), 2);
    for url in ["ftp://127.0.0.1", "http://", "http://127.0.0.1/?a=b"] {
        failed(&status(&["--server", url]), 2);
    }
    let told = failed(&status(&["--server", "http://me:hidden@127.0.0.1:1"]), 2);
    assert!(!told.contains("hidden"), "{told}");
    let told = failed(&status(&["--prometheus", "http://10.0.0.1:9090", "--token-file", "token"]), 2);
    assert!(told.contains("unencrypted") && !told.contains("c2VjcmV0"), "{told}");
    assert_eq!(status(&["--prometheus", "http://127.0.0.1:1", "--window", "1y; drop"]).status.code(), Some(2));
    failed(&status(&["--prometheus", "http://127.0.0.1:1"]), 1);
    // Something that answers, and is no Aroeira; and something that never ends.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let body = "x".repeat(1 << 20);
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
            for _ in 0..64 {
                if stream.write_all(body.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    failed(&status(&["--server", &url]), 1);
    failed(&status(&["--prometheus", &url]), 1);
}

#[test]
fn evidence_is_written_for_machines_and_people() {
    let desk = Desk::new();
    desk.write("fleet.toml", &desk.preset("hospital"));
    let write = |out: &str| {
        let date = ["--date", "2026-11-22"];
        done(
            &desk.run(&[&["fleet", "evidence", "fleet.toml", "--framework", "lgpd", "--out", out][..], &date].concat()),
        )
    };
    assert!(write("one").contains("deveres do cliente"));
    write("other");
    for name in ["evidence.html", "assessment-results.json", "component-definition.json"] {
        let read = |out: &str| std::fs::read_to_string(desk.path(out).join(name)).unwrap();
        assert_eq!(read("one"), read("other"), "{name}");
    }
    failed(&desk.run(&["fleet", "evidence", "nowhere.toml", "--framework", "lgpd", "--out", "x"]), 3);
    assert_eq!(
        desk.run(&["fleet", "evidence", "fleet.toml", "--framework", "iso", "--out", "x"]).status.code(),
        Some(2)
    );
}
