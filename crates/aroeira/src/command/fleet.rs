//! `aroeira fleet`: reads and writes the files, and prints; what follows from a spec is the room `fleet`'s. A command that reads
//! a spec has its file here, takes [`Input`] among its arguments and begins with [`Input::read`].

/// Prints a line, as `println!`; who reads no further has what they wanted.
macro_rules! put {
    ($($text:tt)*) => { $crate::command::fleet::line(&format!($($text)*)) };
}

mod availability;
mod check;
mod compare;
mod cost;
mod evidence;
mod growth;
mod init;
mod plan;
mod render;
mod report;
mod status;
mod table;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aroeira_fleet::spec::Places;
use aroeira_fleet::{Catalogue, Language, Spec, SpecError};
use serde::Serialize;

use crate::failure::{Code, Failure, Result};

/// Bytes of a file that is read; a spec may have fewer.
const LONGEST: u64 = 8 << 20;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    Init(init::Args),
    Check(check::Args),
    Plan(plan::Args),
    Cost(cost::Args),
    Availability(availability::Args),
    Growth(growth::Args),
    Compare(compare::Args),
    Render(render::Args),
    Status(status::Args),
    Evidence(evidence::Args),
    /// Print the JSON Schema (2020-12) of a spec, for editors
    #[command(after_help = "Example:\n  aroeira fleet schema")]
    Schema,
}

pub(super) fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Init(args) => init::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Check(args) => check::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Cost(args) => cost::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Availability(args) => availability::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Compare(args) => compare::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Growth(args) => growth::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Render(args) => render::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Evidence(args) => evidence::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Schema => {
            put!("{:#}", Spec::schema());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What the commands that read a spec have in common.
#[derive(clap::Args)]
struct Input {
    /// The spec (TOML); `-` reads it from standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// More entries for the catalogue of workloads, one a file (TOML); one with the id of a built-in entry stands in its place
    #[arg(long, value_name = "FILE")]
    catalogue: Vec<PathBuf>,
    /// Language of what is told
    #[arg(long, value_enum, default_value_t)]
    language: Tongue,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Where the whole report goes, of the commands that have one.
#[derive(clap::Args)]
struct Page {
    /// Write the whole report as one HTML page in place of what is printed; what is there is overwritten, `-` prints it
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    html: Option<PathBuf>,
}

/// The languages, as they are typed.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Tongue {
    #[default]
    #[value(name = "pt-BR")]
    Portuguese,
    #[value(name = "en")]
    English,
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Portuguese => Self::Portuguese,
            Tongue::English => Self::English,
        }
    }
}

/// A spec that could be read.
struct Fleet {
    spec: Spec,
    places: Places,
    catalogue: Catalogue,
}

impl Input {
    fn language(&self) -> Language {
        self.language.into()
    }

    /// Prints an answer as JSON where that was asked for. Answers whether it was.
    ///
    /// # Errors
    /// An answer that is no JSON: a defect.
    fn prints(&self, answer: &impl Serialize) -> Result<bool> {
        if self.json {
            let told = serde_json::to_value(answer).map_err(|error| {
                Failure::new(Code::Failed, format!("the answer cannot be written: {error}"), "report this as a defect")
            })?;
            put!("{told:#}");
        }
        Ok(self.json)
    }

    /// # Errors
    /// As [`read`].
    fn read(&self) -> Result<Fleet> {
        read(&self.file, &self.catalogue, self.language())
    }
}

/// # Errors
/// 3 where a file is not there, 2 where it is not what it should be: all that is wrong is on standard error by then.
fn read(file: &Path, entries: &[PathBuf], language: Language) -> Result<Fleet> {
    let text = text_of(file)?;
    let (spec, places) = Spec::read(&text).map_err(|errors| wrong(&file.display().to_string(), &errors, language))?;
    let mut catalogue = Catalogue::built_in().map_err(|problem| {
        Failure::new(Code::Failed, format!("the built-in catalogue: {problem}"), "report this as a defect")
    })?;
    for path in entries {
        catalogue.add(&text_of(path)?).map_err(|problem| {
            let error = format!("the entry {}: {}", path.display(), problem.trim_end());
            Failure::new(Code::Usage, error, "write it as the entries in crates/fleet/catalogue are")
        })?;
    }
    Ok(Fleet { spec, places, catalogue })
}

/// One error is told by itself; several go to standard error one by one before.
fn wrong(shown: &str, errors: &[SpecError], language: Language) -> Failure {
    if let [error] = errors {
        let text = format!("{shown}:{}: {}", error.place, error.problem.in_language(language));
        return Failure::new(Code::Usage, text, error.remedy.in_language(language));
    }
    for error in errors {
        eprintln!("{shown}:{}", error.text(language));
    }
    let help = language.say(
        "corrija-os e rode o comando de novo; `aroeira fleet schema` diz o que pode estar onde",
        "correct these and run the command again; `aroeira fleet schema` says what may stand where",
    );
    let text = match language {
        Language::Portuguese => format!("{} problemas em {shown}", errors.len()),
        Language::English => format!("{} problems in {shown}", errors.len()),
    };
    Failure::new(Code::Usage, text, help)
}

fn line(text: &str) {
    if writeln!(std::io::stdout().lock(), "{text}").is_err() {
        std::process::exit(0);
    }
}

fn text_of(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(LONGEST).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes))
    };
    read.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::new(
            Code::NotFound,
            format!("there is no file {}", path.display()),
            "write one with `aroeira fleet init --out fleet.toml`",
        ),
        _ => Failure::file("the file", path, &error),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        let text = format!("{}:{line}: this is not UTF-8", path.display());
        Failure::new(Code::Usage, text, "save the file as UTF-8")
    })
}
