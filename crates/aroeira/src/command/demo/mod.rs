//! `aroeira demo`: a clinic full of believable content, made on the first start and served on this machine.

mod bundles;

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use aroeira_clinic::{Actor, Context, Ids, NewUser, Purpose, Role, User};
use aroeira_fhir::Instant;
use indicatif::ProgressBar;
use jiff::tz::TimeZone;

use crate::config::{Config, Place};
use crate::failure::{Code, Failure, Result};
use crate::installation::{self, Own};
use crate::{demo, log, server};

/// Slug of the clinic.
const CLINIC: &str = "demo";
const PASSWORD: &str = "aroeira-demo-1";
/// The same people and charts on every machine.
const SEED: u64 = 2026;
/// File that says: this directory is a demo, and may be deleted and made again.
const MARKER: &str = "demo-installation";
const WHOLE: &str = "complete\n";

const EXAMPLES: &str = "\
Examples:
  aroeira demo                        http://127.0.0.1:8080, data under ./demo-data
  aroeira demo --port 9000 --fresh    another port, everything made anew";

/// Fill a demo clinic with synthetic people and serve it on this machine
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Directory of the demo
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    data: PathBuf,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Delete what an earlier demo left in the directory and start again
    #[arg(long)]
    fresh: bool,
    /// Write the address into this file once requests are answered
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let place = Place { data: Some(args.data.clone()), config: None };
    let listen = toml::Value::String(format!("127.0.0.1:{}", args.port));
    let config = Config::load_over(
        "[log]\nlevel = \"warn\"\nformat = \"text\"",
        &place,
        &[("server.listen", "--port", listen)],
    )?;
    let options = config.web()?;
    let telemetry = log::start(&config)?;
    aroeira_web::install_metrics();
    let served = super::runtime()?.block_on(async {
        let data = &config.store.data;
        // The address first: nobody waits for a clinic that cannot be shown.
        server::is_free(&options)?;
        prepare(data, args.fresh)?;
        let own = Own::open(&config, true)?;
        if !is_whole(data) {
            let filled = fill(&own, &config).await;
            if filled.is_err() {
                own.house.close().await;
            }
            filled?;
            std::fs::write(data.join(MARKER), WHOLE).map_err(|e| Failure::file("the demo's mark", data, &e))?;
        }
        let data = data.clone();
        server::run(&config, options, own, |addresses| {
            if let Some(address) = addresses.first() {
                greet(*address, &data);
            }
            server::ready_file(args.ready_file.as_deref(), addresses)
        })
        .await
    });
    telemetry.close();
    served.map(|()| ExitCode::SUCCESS)
}

fn is_whole(data: &Path) -> bool {
    std::fs::read_to_string(data.join(MARKER)).is_ok_and(|text| text == WHOLE)
}

/// Leaves a directory that is new, or holds a whole demo. Nothing that is no demo is ever touched.
fn prepare(data: &Path, fresh: bool) -> Result<()> {
    let marker = data.join(MARKER);
    if !installation::is_empty(data)? {
        if !marker.exists() {
            return Err(Failure::new(
                Code::Refused,
                format!("{} holds something that is no demo", data.display()),
                "give another directory with --data; `aroeira serve --data DIR` serves an installation of yours",
            ));
        }
        if installation::is_held(data) {
            return Err(Failure::new(
                Code::Refused,
                format!("another process serves the demo in {}", data.display()),
                "stop it with Ctrl-C where it runs, or give another directory and port: --data DIR --port 8081",
            ));
        }
        if !fresh && is_whole(data) {
            return Ok(());
        }
        // An unfinished one is made again as well.
        std::fs::remove_dir_all(data).map_err(|e| Failure::file("the demo", data, &e))?;
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(|e| Failure::file("the demo's directory", data, &e))?;
    std::fs::write(&marker, "begun\n").map_err(|e| Failure::file("the demo's mark", &marker, &e))
}

/// Makes the clinic, its accounts and its charts.
async fn fill(own: &Own, config: &Config) -> Result<()> {
    let bar = ProgressBar::new_spinner().with_message("Filling the demo clinic ...");
    bar.enable_steady_tick(Duration::from_millis(100));
    let zone = TimeZone::get(&config.clinic.zone).unwrap_or(TimeZone::UTC);
    let today = jiff::Timestamp::from(own.clock.now()).to_zoned(zone.clone()).date();
    let content = demo::content(SEED, today);
    let nurse = content.practitioners.iter().position(|p| p.role == "NURSE").unwrap_or_default();
    let name = |n: usize| content.practitioners.get(n).map_or_else(String::new, |p| p.name.clone());
    let council = |n: usize| content.practitioners.get(n).and_then(|p| p.crm.clone());

    let (admin, _) = own
        .house
        .add_clinic(CLINIC, content.clinic_name, account("admin", "Helena Prado", Role::Admin, None, None))
        .await?;
    let doctor = add(own, account("medica", &name(0), Role::Doctor, council(0), None)).await?;
    let nursing = add(own, account("enfermagem", &name(nurse), Role::Nurse, council(nurse), None)).await?;
    let reception = add(own, account("recepcao", "Tainá Moreira", Role::Reception, None, None)).await?;
    let auditor = add(own, account("auditoria", "Otávio Lins", Role::Auditor, None, None)).await?;

    // Ids by seed, at the day's beginning: the same on every machine on the same day.
    let ids = Ids::seeded(SEED);
    let at = today.to_zoned(zone.clone()).map_or(own.clock.now(), |day| Instant::from(day.timestamp()));
    let new_ids = |count: usize| (0..count).map(|_| ids.new_id(at)).collect::<std::result::Result<Vec<_>, _>>();
    let mut practitioners = new_ids(content.practitioners.len()).map_err(aroeira_clinic::Error::from)?;
    practitioners[0].clone_from(&doctor.id);
    practitioners[nurse].clone_from(&nursing.id);
    let patients = new_ids(content.patients.len()).map_err(aroeira_clinic::Error::from)?;
    let charts = bundles::Charts { content: &content, practitioners, patients, zone };
    for bundle in charts.bundles(&[0, nurse], &ids, at)? {
        own.house.operator(CLINIC).await?.import(bundle, "").await?;
    }
    let own_name = content.patients.first().map_or("", |p| p.name.as_str());
    let patient = account("paciente", own_name, Role::Patient, None, charts.patients.first().cloned());
    let patient = add(own, patient).await?;
    for user in [admin, doctor, nursing, reception, auditor, patient] {
        accept_terms(own, user).await?;
    }
    bar.finish_and_clear();
    Ok(())
}

fn account(local: &str, name: &str, role: Role, council: Option<String>, patient_id: Option<String>) -> NewUser {
    NewUser {
        email: format!("{local}@demo"),
        name: name.to_owned(),
        role,
        password: Some(PASSWORD.to_owned()),
        council,
        patient_id,
        must_change_password: false,
    }
}

async fn add(own: &Own, account: NewUser) -> Result<User> {
    let (user, _) = own.house.operator(CLINIC).await?.add_user(account).await?;
    Ok(user.value)
}

/// Whoever tries the demo is not asked for the terms of use.
async fn accept_terms(own: &Own, user: User) -> Result<()> {
    let clinic = own.house.clinic(CLINIC).await?;
    let context = Context {
        actor: Actor { user: user.id, role: user.role, patient: user.patient_id },
        purpose: Purpose::SystemAdministration,
        request_id: own.ids.new_id(own.clock.now()).map_err(aroeira_clinic::Error::from)?,
        address: None,
    };
    Ok(clinic.desk(context).accept_terms().await?)
}

fn greet(address: SocketAddr, data: &Path) {
    println!(
        "
  Aroeira · clínica de demonstração

    http://{address}

    Clínica   {CLINIC}
    Senha     {PASSWORD}

    medica@demo        médica          escreve e lê prontuários
    enfermagem@demo    enfermagem      lê prontuários, escreve o que é da enfermagem
    recepcao@demo      recepção        cadastra pacientes
    paciente@demo      paciente        vê o próprio prontuário
    admin@demo         administração   contas e configurações
    auditoria@demo     auditoria       trilha de auditoria

  Os dados são sintéticos e ficam em {}. Ctrl-C encerra; --fresh recomeça.
",
        data.display()
    );
}
