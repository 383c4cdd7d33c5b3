//! `aroeira config`: what is in force, and where it came from.

use crate::config::{Config, DEFAULT, Place};
use crate::failure::Result;

const EXAMPLES: &str = "\
Examples:
  aroeira config --default > clinic.toml            a file with every key and its explanation
  aroeira config --config clinic.toml               check a file and see what is in force
  AROEIRA_LIMITS__USER=600 aroeira config           a value from the environment";

/// Print the configuration in force, secrets hidden, and where each value came from
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,
    /// Print the default file instead: every key, explained
    #[arg(long)]
    default: bool,
}

pub(super) fn run(args: &Args) -> Result<()> {
    if args.default {
        print!("{DEFAULT}");
    } else {
        print!("{}", Config::load(&args.place)?.print());
    }
    Ok(())
}
