//! `aroeira import`: FHIR transaction bundles from files, each all or nothing.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::{Config, Place};
use crate::failure::{Code, Failure, Result};
use crate::installation::{BUNDLE, Imported, Installation, Reply, Request};

const EXAMPLES: &str = "\
Examples:
  aroeira import --clinic saude-viva chart.json --data /var/lib/aroeira
  aroeira import --clinic demo bundles/*.json.gz --data demo-data

Ids are kept. The same content again changes nothing, so that an import that was stopped is run again.";

/// Take in FHIR R4 transaction bundles (.json, .json.gz), each all or nothing
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Short name of the clinic
    #[arg(long, value_name = "SLUG")]
    clinic: String,
    /// Files, a bundle each
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let config = Config::load_or_demo(&args.place)?;
    // Told at once rather than after the files before it.
    for file in &args.files {
        File::open(file).map_err(|e| Failure::file("the bundle", file, &e))?;
    }
    let bar = bar(args.files.len());
    let total = super::block_on(async {
        let mut installation = Installation::reach(&config, false).await?;
        let done = import(&mut installation, args, &bar).await;
        installation.close().await;
        done
    });
    bar.finish_and_clear();
    let total = total?;
    println!(
        "{} entries in {} files: {} created, {} updated, {} deleted, {} unchanged.",
        total.entries,
        args.files.len(),
        total.created,
        total.updated,
        total.deleted,
        total.unchanged
    );
    if total.created + total.updated + total.deleted == 0 {
        println!("Everything was there already: nothing was changed.");
    }
    Ok(())
}

async fn import(installation: &mut Installation, args: &Args, bar: &ProgressBar) -> Result<Imported> {
    let mut total = Imported::default();
    for (n, file) in args.files.iter().enumerate() {
        bar.set_message(file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()));
        let request = Request::Import { clinic: args.clinic.clone() };
        let reply = installation.ask(request, read(file)?).await.map_err(|failure| Failure {
            error: format!("{}: {}", file.display(), failure.error),
            help: format!("{}; {n} of {} files were taken in before it", failure.help, args.files.len()),
            ..failure
        })?;
        let Reply::Imported(report) = reply else { return Err(super::unexpected()) };
        total += report;
        bar.inc(1);
    }
    Ok(total)
}

/// The bundle of a file; gzip is known by its first two bytes (RFC 1952).
fn read(path: &Path) -> Result<Vec<u8>> {
    let most = BUNDLE.bytes as u64;
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let packed = std::mem::take(&mut bytes);
            MultiGzDecoder::new(packed.as_slice()).take(most + 1).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    };
    let bytes = read().map_err(|e| Failure::file("the bundle", path, &e))?;
    if bytes.len() > BUNDLE.bytes {
        return Err(Failure::new(
            Code::Usage,
            format!("{} is larger than 256 MiB", path.display()),
            "split it into smaller transaction bundles",
        ));
    }
    Ok(bytes)
}

/// Drawn on standard error, and only where that is a terminal.
fn bar(files: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg} {elapsed}");
    ProgressBar::new(files as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
