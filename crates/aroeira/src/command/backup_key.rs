//! `aroeira backup-key`: how to keep the master key, without which no backup can be read.

use aroeira_clinic::Ids;

use crate::config::{Config, Place};
use crate::failure::Result;
use crate::installation;

const EXAMPLES: &str = "\
Examples:
  aroeira backup-key --data /var/lib/aroeira                    where the key is and how to keep it
  aroeira backup-key --reveal --data /var/lib/aroeira | age -p > master.key.age";

/// Print how to keep the master key, without which no record and no backup can be read
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Print the key itself and nothing else: into a password manager, an encrypted file, or on paper
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let config = Config::load(&args.place)?;
    let key = installation::master_key(&config, false, &Ids::system())?;
    if args.reveal {
        println!("{}", key.text().as_str());
        return Ok(());
    }
    let place = if config.keys.master.is_empty() {
        format!("the file {}", installation::master_file(&config).display())
    } else {
        "the variable AROEIRA_KEYS__MASTER or the configuration file".to_owned()
    };
    println!(
        "The master key of this installation is in {place}.
It opens the key of every clinic. Whoever has it and the data directory can read every record; without it nobody can,
backups included, and nobody can make it again.

Keep it so:
  1. `aroeira backup-key --reveal` prints it: 44 characters. Put them into a password manager or an encrypted file, or
     write them on paper and lock it away. Keep two copies, in two places, neither of them beside the backups.
  2. Back up the data directory without the key: leave {} out of it.
  3. Try it: on another machine, with a restored data directory, put the key into a file (mode 0600) and run
     `AROEIRA_KEYS__MASTER_FILE=that-file aroeira doctor --data DIR`.",
        installation::master_file(&config).display()
    );
    Ok(())
}
