//! A run: rounds of operations and faults, each followed by the checks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;

use super::access_model::AccessModel;
use super::account_operations::{self, Accounts};
use super::client::Client;
use super::existing_rows::ExistingRows;
use super::faults::{self, LogState};
use super::http_operations::{self, Outcome};
use super::nodes::Nodes;
use super::person::Person;
use super::postgres::Postgres;
use super::report::{Failure, Report};
use super::rng::Rng;
use super::schedule::{RunLength, Schedule, Step, StepKind, step_count};
use super::sql_operations;

const PEOPLE: usize = 5;
const NODES: usize = 3;
const CLIENTS_EACH: usize = 2;

/// How long the database, the log or a client may take to recover.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct TestRun {
    // Dropped in this order: clients before the servers that they use.
    pub(super) clients: Vec<Client>,
    /// Browsers of deleted accounts, until the next check.
    pub(super) departed: Vec<Client>,
    pub(super) nodes: Arc<Nodes>,
    pub(super) postgres: Postgres,
    pub(super) people: Vec<Person>,
    pub(super) schedule: Schedule,
    pub(super) report: Report,
    /// The number of the newest marker: a change of every person, which ends a round.
    pub(super) marker: u64,
    pub(super) access: AccessModel,
    /// Whether the log has every change since the last check.
    pub(super) log_state: LogState,
    /// Whether the log has every change since the start.
    pub(super) is_log_complete: bool,
}

impl TestRun {
    pub(super) async fn start(schedule: Schedule) -> Self {
        let postgres = Postgres::start().await;
        let nodes =
            Arc::new(Nodes::start(postgres.runtime.clone(), &postgres.endpoint, NODES).await);
        let mut rng = Rng::new(schedule.seed);
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            people.push(Person::sign_up(&nodes, &mut rng, &format!("person-{number}")).await);
        }
        let mut clients = Vec::new();
        for number in 0..PEOPLE * CLIENTS_EACH {
            let person = &people[number % PEOPLE];
            let name = format!("browser {number} of {}", person.email);
            let rng = rng.fork(u64::try_from(number).unwrap());
            clients.push(Client::open(name, person, Arc::clone(&nodes), rng).await);
        }
        Self {
            clients,
            departed: Vec::new(),
            nodes,
            postgres,
            people,
            schedule,
            report: Report::default(),
            marker: 0,
            access: AccessModel::default(),
            log_state: LogState::Complete,
            is_log_complete: true,
        }
    }

    /// Runs the schedule until its end, or until a check fails.
    pub(super) async fn run(mut self) -> Result<Report, Failure> {
        let start = Instant::now();
        for round in 1.. {
            let over = match &self.schedule.length {
                RunLength::Time(time) => start.elapsed() >= *time,
                RunLength::Steps(steps) => round > steps.last_round(),
            };
            if over {
                break;
            }
            self.round(round).await?;
        }
        Ok(self.report)
    }

    async fn round(&mut self, round: u64) -> Result<(), Failure> {
        let steps = (0..step_count(self.schedule.seed, round)).map(|number| Step { round, number });
        let steps: Vec<_> = match &self.schedule.length {
            RunLength::Time(_) => steps.collect(),
            RunLength::Steps(these) => steps.filter(|step| these.0.contains(step)).collect(),
        };
        if steps.is_empty() {
            return Ok(());
        }
        self.report.rounds = round;
        for step in steps {
            self.report.begin(step);
            self.run_step(step).await?;
        }
        self.check().await
    }

    async fn run_step(&mut self, step: Step) -> Result<(), Failure> {
        let rng = &mut step.rng(self.schedule.seed);
        let kind = Step::kind(rng);
        let rows = retry_until_connected(|| ExistingRows::read(&self.postgres.pool)).await;
        match kind {
            StepKind::HttpOperation => return self.request(rng, &rows, step.label()).await,
            StepKind::SqlOperation => return self.sql(rng, &rows, step.label()).await,
            StepKind::BrowserFault => {
                faults::inject_into_browser(rng, &mut self.clients, &rows, &mut self.report).await;
            }
            StepKind::AccountOperation => {
                let accounts = Accounts {
                    people: &mut self.people,
                    clients: &mut self.clients,
                    departed: &mut self.departed,
                };
                let (nodes, pool, report) = (&self.nodes, &self.postgres.pool, &mut self.report);
                match account_operations::act(rng, accounts, nodes, pool, report).await {
                    Err(error) if !is_connection_lost(&error) => panic!("{error}"),
                    _ => {}
                }
            }
            StepKind::SystemFault => {
                let (nodes, postgres) = (&self.nodes, &mut self.postgres);
                let log = faults::inject_into_system(
                    rng,
                    nodes,
                    postgres,
                    self.schedule.source_faults,
                    &mut self.report,
                )
                .await;
                if log == LogState::Incomplete {
                    self.log_state = log;
                    self.is_log_complete = false;
                }
            }
        }
        Ok(())
    }

    /// Sends one request, or several concurrently.
    async fn request(
        &mut self,
        rng: &mut Rng,
        rows: &ExistingRows,
        label: u64,
    ) -> Result<(), Failure> {
        let count = if rng.chance(20) { 2 + rng.below(4) } else { 1 };
        let requests: Vec<_> = (0..count)
            .filter_map(|_| {
                let request = http_operations::choose(rng, rows, &self.people, label)?;
                Some(request.send(Rng::new(rng.next()), &self.nodes, &self.people))
            })
            .collect();
        for sent in join_all(requests).await {
            let (description, outcome) = sent.map_err(|message| self.report.failure(message))?;
            let kind = match outcome {
                Outcome::Done => "rest done",
                Outcome::Refused => "rest refused",
                Outcome::Unknown => "rest unanswered",
            };
            self.report.operation(kind, description);
        }
        Ok(())
    }

    async fn sql(&mut self, rng: &mut Rng, rows: &ExistingRows, label: u64) -> Result<(), Failure> {
        let done =
            sql_operations::run_one(rng, rows, &self.people, label, &self.postgres.pool).await;
        match done {
            Ok(description) => self.report.operation("sql", description),
            // A fault has cut this connection too.
            Err(error) if is_connection_lost(&error) => {
                self.report.operation("sql unanswered", error.to_string());
            }
            // A foreign key violation: two statements that were chosen together conflict.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("23503") => {
                self.report.operation("sql refused", error.to_string());
            }
            Err(error) => return Err(self.report.failure(format!("sql: {error}"))),
        }
        Ok(())
    }
}

/// Whether the connection was lost, and the statement itself is valid.
pub(super) fn is_connection_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_) => true,
        // SQLSTATE class 57P: terminated, starting up, shutting down.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

/// Repeats a query until the database answers.
pub(super) async fn retry_until_connected<T, Query>(query: impl Fn() -> Query) -> T
where
    Query: Future<Output = Result<T, sqlx::Error>>,
{
    let deadline = Instant::now() + TIMEOUT;
    loop {
        match query().await {
            Ok(answer) => return answer,
            Err(error) if is_connection_lost(&error) && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}
