//! `aroeira fleet render`: writes what runs a fleet into a directory, and takes away what it wrote there before and no longer does.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aroeira_fleet::render::{self, Files, Problem, Target};
use aroeira_fleet::{Language, plan};
use aws_lc_rs::digest;

use super::cost::Prices;
use super::{Fleet, Input};
use crate::failure::{Code, Failure, Result};

const EXAMPLES: &str = "\
Examples:
  aroeira fleet render fleet.toml --to kubernetes --out deploy/kubernetes
  aroeira fleet render fleet.toml --to helm --out helm --check   exits with 1 when it differs
  aroeira fleet render fleet.toml --to grafana --json            prints every file, writes none

The same spec gives the same bytes. A list of what was written, with a hash of each file, stays in
DIR as SHA256SUMS: a file that somebody changed since is not overwritten without --force. Exits
with 2 where the target does not suit the spec: it says why.";

/// The list of what was written, as `sha256sum` reads it.
const LIST: &str = "SHA256SUMS";

/// Write what runs the fleet: manifests, units, dashboards, alerts, pipelines
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    prices: Prices,
    /// What to write
    #[arg(long, value_name = "TARGET", value_parser = clap::builder::PossibleValuesParser::new(Target::ALL.map(Target::id)))]
    to: String,
    /// Where to write it; made where it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "json")]
    out: Option<PathBuf>,
    /// Write nothing: fail where DIR holds anything else than what would be written
    #[arg(long, conflicts_with = "force")]
    check: bool,
    /// Overwrite what was changed by hand
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let Fleet { spec, catalogue, .. } = args.input.read()?;
    let language = args.input.language();
    let target = Target::ALL.into_iter().find(|target| target.id() == args.to).unwrap_or(Target::Compose);
    let plan = plan(&spec, &catalogue);
    let books = args.prices.read()?;
    let files =
        render::render_priced(&spec, &catalogue, &books, &plan, target, language).map_err(|problem| match problem {
            Problem::Unsuited(why) => {
                let help = "choose another target, or change the spec";
                Failure::new(Code::Usage, format!("{}: {}", args.to, why.in_language(language)), help)
            }
            Problem::Template(why) => {
                Failure::new(Code::Failed, format!("{}: {why}", args.to), "report this as a defect")
            }
        })?;
    if args.input.prints(&files)? {
        return Ok(ExitCode::SUCCESS);
    }
    let Some(out) = &args.out else { return Ok(ExitCode::SUCCESS) };
    let change = Change::between(out, &files)?;
    if args.check {
        change.lines().for_each(|line| put!("{line}"));
        return Ok(if change.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if !args.force
        && let Some(path) = change.by_hand.first()
    {
        let others = change.by_hand.len() - 1;
        let and = if others > 0 { format!(", and {others} more") } else { String::new() };
        let help = "move what was changed into the spec, or overwrite it with --force";
        return Err(Failure::new(Code::Failed, format!("{path}{and} was changed since it was rendered"), help));
    }
    change.carry_out(out, &files)?;
    change.lines().for_each(|line| put!("{line}"));
    let (all, written, stale) = (files.iter().count(), change.written.len(), change.stale.len());
    let told = match language {
        Language::Portuguese => format!("{all} arquivos, {written} escritos, {stale} retirados"),
        Language::English => format!("{all} files, {written} written, {stale} taken away"),
    };
    put!("{}: {told}", out.display());
    Ok(ExitCode::SUCCESS)
}

/// What differs between a directory and what belongs in it; paths below the directory.
#[derive(Default)]
struct Change {
    written: Vec<String>,
    /// Rendered once, no longer.
    stale: Vec<String>,
    /// Of these, what is not as it was rendered.
    by_hand: Vec<String>,
}

impl Change {
    fn between(out: &Path, files: &Files) -> Result<Self> {
        let before = listed(out)?;
        let mut change = Self::default();
        for (path, text) in files.iter() {
            let there = read(&out.join(path))?;
            if there.as_deref() == Some(text.as_bytes()) {
                continue;
            }
            change.written.push(path.to_owned());
            if there.is_some_and(|there| before.get(path) != Some(&hash(&there))) {
                change.by_hand.push(path.to_owned());
            }
        }
        for (path, was) in before {
            if files.get(&path).is_none()
                && let Some(there) = read(&out.join(&path))?
            {
                if hash(&there) != was {
                    change.by_hand.push(path.clone());
                }
                change.stale.push(path);
            }
        }
        Ok(change)
    }

    fn is_none(&self) -> bool {
        self.written.is_empty() && self.stale.is_empty()
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let written = self.written.iter().map(|path| format!("+ {path}"));
        written.chain(self.stale.iter().map(|path| format!("- {path}")))
    }

    fn carry_out(&self, out: &Path, files: &Files) -> Result<()> {
        let mut list = String::new();
        for (path, text) in files.iter() {
            let _ = writeln!(list, "{}  {path}", hash(text.as_bytes()));
        }
        for path in &self.written {
            let file = out.join(path);
            let folder = file.parent().unwrap_or(out);
            fs::create_dir_all(folder).map_err(|error| Failure::file("the directory", folder, &error))?;
            fs::write(&file, files.get(path).unwrap_or_default())
                .map_err(|error| Failure::file("the file", &file, &error))?;
        }
        for path in &self.stale {
            let file = out.join(path);
            fs::remove_file(&file).map_err(|error| Failure::file("the file", &file, &error))?;
        }
        let file = out.join(LIST);
        fs::write(&file, list).map_err(|error| Failure::file("the file", &file, &error))
    }
}

/// What was rendered there before: hash by path. A line that leads out of the directory is not one of ours.
fn listed(out: &Path) -> Result<BTreeMap<String, String>> {
    let text = read(&out.join(LIST))?.unwrap_or_default();
    let inside = |path: &str| {
        !path.is_empty() && Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)))
    };
    let lines = String::from_utf8_lossy(&text);
    let pairs = lines.lines().filter_map(|line| line.split_once("  ")).filter(|(_, path)| inside(path));
    Ok(pairs.map(|(hash, path)| (path.to_owned(), hash.to_owned())).collect())
}

fn read(file: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file("the file", file, &error)),
    }
}

fn hash(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes).as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
