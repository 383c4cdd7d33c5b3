//! `aroeira clinic add | list`.

use crate::config::{Config, Place};
use crate::failure::Result;
use crate::installation::{Account, Installation, Reply, Request};
use aroeira_clinic::Role;

const EXAMPLES: &str = "\
Examples:
  aroeira clinic add saude-viva --name \"Clínica Saúde Viva\" --admin ana@example.org --data /var/lib/aroeira
  printf %s \"$PASSWORD\" | aroeira clinic add saude-viva --name \"Saúde Viva\" --admin ana@example.org --password-stdin";

#[derive(clap::Subcommand)]
pub(super) enum Command {
    Add(Add),
    List(List),
}

/// Make a clinic and its first administrator; the first clinic makes the installation
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Add {
    /// Short name for signing in: lower-case letters, digits and hyphens, 2 to 40
    slug: String,
    /// Name as it is shown and printed
    #[arg(long)]
    name: String,
    /// E-mail of the first administrator
    #[arg(long, value_name = "EMAIL")]
    admin: String,
    /// Name of the first administrator
    #[arg(long, value_name = "NAME", default_value = "Administração")]
    admin_name: String,
    /// Read the administrator's password from standard input instead of generating one
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    place: Place,
}

/// List the clinics of an installation
#[derive(clap::Args)]
#[command(after_help = "Example:\n  aroeira clinic list --data /var/lib/aroeira")]
pub(super) struct List {
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(command: Command) -> Result<()> {
    match command {
        Command::Add(args) => add(args),
        Command::List(args) => list(&args),
    }
}

fn add(args: Add) -> Result<()> {
    let config = Config::load(&args.place)?;
    let admin = Account {
        email: args.admin,
        name: args.admin_name,
        role: Role::Admin,
        password: super::password(args.password_stdin)?,
        council: None,
        patient: None,
    };
    let request = Request::ClinicAdd { slug: args.slug.clone(), name: args.name, admin };
    let reply = super::block_on(async {
        let mut installation = Installation::reach(&config, true).await?;
        let reply = installation.ask(request, Vec::new()).await;
        installation.close().await;
        reply
    })?;
    let Reply::Account { email, role, password, .. } = reply else { return Err(super::unexpected()) };
    println!("Clinic:   {}", args.slug);
    super::tell_account(&email, role, password.as_deref());
    println!("Keep the master key in another place: `aroeira backup-key` says how.");
    Ok(())
}

fn list(args: &List) -> Result<()> {
    let config = Config::load(&args.place)?;
    let reply = super::block_on(async {
        let mut installation = Installation::reach(&config, false).await?;
        let reply = installation.ask(Request::ClinicList {}, Vec::new()).await;
        installation.close().await;
        reply
    })?;
    let Reply::Clinics(slugs) = reply else { return Err(super::unexpected()) };
    for slug in slugs {
        println!("{slug}");
    }
    Ok(())
}
