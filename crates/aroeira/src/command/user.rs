//! `aroeira user add`.

use aroeira_clinic::Role;

use crate::config::{Config, Place};
use crate::failure::{Code, Failure, Result};
use crate::installation::{Account, Installation, Reply, Request};

const EXAMPLES: &str = "\
Examples:
  aroeira user add --clinic saude-viva --role DOCTOR --email rui@example.org --name \"Rui Prado\" --council \"CRM-SP 123456\"
  printf %s \"$PASSWORD\" | aroeira user add --clinic saude-viva --role RECEPTION --email bia@example.org --name \"Bia\" --password-stdin
  aroeira user add --clinic saude-viva --role PATIENT --email joao@example.org --name \"João\" --patient 0197...";

#[derive(clap::Subcommand)]
pub(super) enum Command {
    Add(Add),
}

/// Make an account in a clinic
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Add {
    /// Short name of the clinic
    #[arg(long, value_name = "SLUG")]
    clinic: String,
    /// ADMIN, DOCTOR, NURSE, RECEPTION, PATIENT or AUDITOR
    #[arg(long, value_parser = role)]
    role: Role,
    /// E-mail to sign in with
    #[arg(long)]
    email: String,
    /// Name as it is shown
    #[arg(long)]
    name: String,
    /// Council, state and number of a doctor or nurse: "CRM-SP 123456"
    #[arg(long)]
    council: Option<String>,
    /// Id of the patient whose own account this is
    #[arg(long, value_name = "ID")]
    patient: Option<String>,
    /// Read the password from standard input instead of generating one
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    place: Place,
}

fn role(text: &str) -> std::result::Result<Role, String> {
    Role::from_code(&text.to_ascii_uppercase())
        .ok_or_else(|| format!("one of {}", Role::ALL.map(Role::code).join(", ")))
}

pub(super) fn run(command: Command) -> Result<()> {
    let Command::Add(args) = command;
    if (args.role == Role::Patient) != args.patient.is_some() {
        return Err(Failure::new(
            Code::Usage,
            "a PATIENT account, and no other, belongs to a patient",
            "give --patient ID with --role PATIENT, and leave it out otherwise",
        ));
    }
    let config = Config::load_or_demo(&args.place)?;
    let account = Account {
        email: args.email,
        name: args.name,
        role: args.role,
        password: super::password(args.password_stdin)?,
        council: args.council,
        patient: args.patient,
    };
    let reply = super::block_on(async {
        let mut installation = Installation::reach(&config, false).await?;
        let reply = installation.ask(Request::UserAdd { clinic: args.clinic, account }, Vec::new()).await;
        installation.close().await;
        reply
    })?;
    let Reply::Account { email, role, password, .. } = reply else { return Err(super::unexpected()) };
    super::tell_account(&email, role, password.as_deref());
    Ok(())
}
