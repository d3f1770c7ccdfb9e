//! The command line: the server's settings, or a command to run instead of the server.

use clap::builder::Resettable;
use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use contract::{Email, Name};

use super::Config;

/// The command line.
#[derive(Clone, Debug, Parser)]
#[command(name = "tributary", version, about = ABOUT, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    /// The settings of the server to run.
    #[command(flatten)]
    pub config: Config,
    /// The action to run instead of the server.
    #[command(subcommand)]
    pub action: Option<Action>,
}

const ABOUT: &str =
    "Run the Tributary server: a workspace for teams that updates live on every screen";

/// An action that the program runs instead of the server.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Check everything that the server needs to start, without starting it
    Check(Box<Config>),
    /// Make a system admin: prints a link, to be opened once, that creates the account or lets its owner
    /// choose a new password
    CreateAdmin(Box<CreateAdmin>),
    /// Print a link, to be opened once, with which an account's owner chooses a new password
    ResetPassword(Box<ResetPassword>),
    /// End all sessions of an account, or of everybody, without waiting for their owners
    SignOut(Box<SignOut>),
}

impl Action {
    /// Returns the settings of the server.
    #[must_use]
    pub fn config(&self) -> &Config {
        match self {
            Self::Check(config) => config,
            Self::CreateAdmin(command) => &command.config,
            Self::ResetPassword(command) => &command.config,
            Self::SignOut(command) => &command.config,
        }
    }
}

/// `tributary create-admin`
#[derive(Clone, Debug, Args)]
pub struct CreateAdmin {
    /// The admin's email address.
    #[arg(value_parser = parse_email)]
    pub email: Email,
    /// The name of a new account.
    #[arg(long, default_value = "Admin", value_parser = parse_name)]
    pub name: Name,
    /// The settings of the server.
    #[command(flatten)]
    pub config: Config,
}

/// `tributary reset-password`
#[derive(Clone, Debug, Args)]
pub struct ResetPassword {
    /// The account's email address.
    #[arg(value_parser = parse_email)]
    pub email: Email,
    /// Turn two-factor authentication off, for an owner who has lost the app and the recovery codes.
    #[arg(long)]
    pub turn_off_two_factor: bool,
    /// The settings of the server.
    #[command(flatten)]
    pub config: Config,
}

/// `tributary sign-out`
#[derive(Clone, Debug, Args)]
pub struct SignOut {
    /// The account's email address.
    #[arg(value_parser = parse_email, required_unless_present = "everybody")]
    pub email: Option<Email>,
    /// End the sessions of all accounts.
    #[arg(long, conflicts_with = "email")]
    pub everybody: bool,
    /// The settings of the server.
    #[command(flatten)]
    pub config: Config,
}

impl CommandLine {
    /// Reads the command line and the environment. An empty environment variable counts as unset, as
    /// deployment tools leave them. Ends the process when a setting is invalid, or help was asked for.
    #[must_use]
    pub fn read() -> Self {
        let matches = ignore_empty_variables(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// Removes the environment variable of each argument for which it is empty.
fn ignore_empty_variables(command: Command) -> Command {
    let command = command.mut_subcommands(ignore_empty_variables);
    command.mut_args(|argument| {
        let is_empty = argument
            .get_env()
            .and_then(std::env::var_os)
            .is_some_and(|value| value.to_string_lossy().trim().is_empty());
        if is_empty { argument.env(Resettable::Reset) } else { argument }
    })
}

fn parse_email(text: &str) -> Result<Email, &'static str> {
    Email::parse(text).map_err(|invalid| invalid.message)
}

fn parse_name(text: &str) -> Result<Name, &'static str> {
    Name::parse(text).map_err(|invalid| invalid.message)
}
