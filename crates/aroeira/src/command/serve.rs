//! `aroeira serve`.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::{Config, Place};
use crate::failure::Result;
use crate::installation::Own;
use crate::{log, server};

const EXAMPLES: &str = "\
Examples:
  aroeira serve --config clinic.toml
  aroeira serve --data /var/lib/aroeira
  AROEIRA_SERVER__LISTEN=127.0.0.1:0 aroeira serve --data DIR     a free port, printed on standard output

SIGTERM and SIGINT end it: what was begun is answered, within 10 s. `clinic add`, `user add`, `import` and
`audit verify` work beside it, with the same --data or --config.";

/// Serve the clinics of an installation
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Write the address into this file once requests are answered
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let config = Config::load(&args.place)?;
    let options = config.web()?;
    let announced = args.ready_file.is_none() && options.listen.iter().any(|address| address.port() == 0);
    let telemetry = log::start(&config)?;
    aroeira_web::install_metrics();
    let served = super::runtime()?.block_on(async {
        let own = Own::open(&config, true)?;
        server::run(&config, options, own, |addresses| {
            if announced {
                addresses.iter().for_each(|address| println!("http://{address}"));
            }
            server::ready_file(args.ready_file.as_deref(), addresses)
        })
        .await
    });
    telemetry.close();
    served.map(|()| ExitCode::SUCCESS)
}
