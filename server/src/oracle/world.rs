//! One run: rounds of operations and faults, and the checks after each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::contract::{Cursor, OrganizationId, Position, Role, UserId};
use sqlx::PgPool;

use super::access::Access;
use super::by_request::{self, Outcome};
use super::by_sql;
use super::caches::{Caches, Mismatch};
use super::client::{Client, Command};
use super::faults::{self, Log};
use super::log_check;
use super::nodes::Nodes;
use super::person::Person;
use super::postgres::Postgres;
use super::report::Report;
use super::rng::Rng;
use super::scene::Scene;
use super::settings::Settings;
use crate::activity::log;

const PEOPLE: usize = 5;
const NODES: usize = 3;
const CLIENTS_EACH: usize = 2;

/// How long the log, a client or a comparison may take to come right.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long what differs may go on differing once the client has reached the place.
const CONVERGENCE: Duration = Duration::from_secs(10);

pub(super) struct World {
    // Dropped in this order: who asks before who is asked.
    clients: Vec<Client>,
    nodes: Arc<Nodes>,
    postgres: Postgres,
    people: Vec<Person>,
    rng: Rng,
    report: Report,
    /// Numbers names.
    made: u64,
    /// The log tells of everything after this, on top of the baseline.
    since: Position,
    baseline: Vec<(UserId, OrganizationId, Role)>,
    log: Log,
    /// Whether the log never broke.
    unbroken: bool,
}

impl World {
    pub(super) async fn start(settings: Settings) -> Self {
        let postgres = Postgres::start().await;
        let nodes = Arc::new(Nodes::start(postgres.endpoint.clone(), NODES).await);
        let mut rng = Rng::new(settings.seed);
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            people.push(Person::sign_up(nodes.any(&mut rng), &format!("person-{number}")).await);
        }
        let mut clients = Vec::new();
        for number in 0..PEOPLE * CLIENTS_EACH {
            let person = &people[number % PEOPLE];
            let name = format!("browser {number} of {}", person.email);
            let rng = rng.fork(u64::try_from(number).unwrap());
            clients.push(Client::open(name, person.clone(), Arc::clone(&nodes), rng, &[]).await);
        }
        let report = Report { seed: settings.seed, ..Report::default() };
        Self {
            clients,
            nodes,
            postgres,
            people,
            rng,
            report,
            made: 0,
            since: Position(0),
            baseline: Vec::new(),
            log: Log::Whole,
            unbroken: true,
        }
    }

    /// Goes on until the time is over.
    pub(super) async fn run(mut self, time: Duration) -> Report {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.report.rounds += 1;
            let steps = 10 + self.rng.below(30);
            for _ in 0..steps {
                self.step().await;
            }
            self.check().await;
        }
        self.report
    }

    async fn step(&mut self) {
        let what = self.rng.below(100);
        let scene = patiently(|| Scene::read(&self.postgres.pool)).await;
        match what {
            0..=49 => self.request(&scene).await,
            50..=79 => self.sql(&scene).await,
            80..=95 => {
                faults::browser(&mut self.rng, &self.clients, &scene, &mut self.report);
            }
            _ => {
                let (nodes, postgres) = (&self.nodes, &mut self.postgres);
                let log = faults::system(&mut self.rng, nodes, postgres, &mut self.report).await;
                if log == Log::Broken {
                    self.log = log;
                    self.unbroken = false;
                }
            }
        }
    }

    async fn request(&mut self, scene: &Scene) {
        self.made += 1;
        let wish = by_request::choose(&mut self.rng, scene, &self.people, self.made);
        let Some(wish) = wish else { return };
        match wish.make(&mut self.rng, &self.nodes, &self.people).await {
            Ok((told, outcome)) => {
                let kind = match outcome {
                    Outcome::Done => "rest done",
                    Outcome::Refused => "rest refused",
                    Outcome::Unknown => "rest unanswered",
                };
                self.report.operation(kind, told);
            }
            Err(told) => self.report.fail(&told),
        }
    }

    async fn sql(&mut self, scene: &Scene) {
        self.made += 1;
        let (rng, pool) = (&mut self.rng, &self.postgres.pool);
        match by_sql::act(rng, scene, &self.people, self.made, pool).await {
            Ok(told) => self.report.operation("sql", told),
            // Our own connection was cut.
            Err(error) if is_lost(&error) => {
                self.report.operation("sql unanswered", error.to_string());
            }
            // Two that were chosen together don't go together.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("23503") => {
                self.report.operation("sql refused", error.to_string());
            }
            Err(error) => self.report.fail(&format!("sql: {error}")),
        }
    }

    /// Waits until all is said, then compares.
    async fn check(&mut self) {
        for client in &self.clients {
            client.tell(Command::Resume);
            client.tell(Command::Online);
        }
        let head = self.settle().await;
        for client in &self.clients {
            self.reaches(client, head).await;
        }
        self.compare().await;
        self.judge(head).await;
        let problems = patiently(|| log_check::problems(&self.postgres.pool, self.unbroken)).await;
        if !problems.is_empty() {
            self.report.fail(&format!("the log: {problems:?}"));
        }
    }

    /// Gives everybody something to hear, and waits until it is in the log.
    async fn settle(&mut self) -> Cursor {
        let deadline = Instant::now() + PATIENCE;
        let mut marked = None;
        loop {
            // A slot that is dropped meanwhile takes the mark with it: then another one is made.
            if marked.is_none_or(|at: Instant| at.elapsed() > Duration::from_secs(3)) {
                self.mark().await;
                marked = Some(Instant::now());
            }
            if let Some(head) = self.marked_in_log().await {
                return head;
            }
            if Instant::now() > deadline {
                self.report.fail("the log doesn't follow");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn mark(&mut self) {
        self.made += 1;
        let ids: Vec<_> = self.people.iter().map(|person| person.id).collect();
        let name = format!("Mark {}", self.made);
        patiently(|| {
            sqlx::query("update users set name = $1 where id = any($2)")
                .bind(&name)
                .bind(&ids)
                .execute(&self.postgres.pool)
        })
        .await;
    }

    /// The head, once every mark is in the log.
    async fn marked_in_log(&self) -> Option<Cursor> {
        let name = format!("Mark {}", self.made);
        let count = patiently(|| {
            sqlx::query_scalar::<_, i64>(
                "select count(*) from activities
                  where kind = 'user' and user_id = any($1) and data->>'name' = $2",
            )
            .bind(self.people.iter().map(|person| person.id).collect::<Vec<_>>())
            .bind(&name)
            .fetch_one(&self.postgres.pool)
        })
        .await;
        if usize::try_from(count).unwrap() < self.people.len() {
            return None;
        }
        log::head(&self.postgres.pool).await.ok()
    }

    /// Everybody hears of their own mark; those of others come with it.
    async fn reaches(&self, client: &Client, head: Cursor) {
        let least: Position = patiently(|| {
            sqlx::query_scalar(
                "select max(id) from activities where kind = 'user' and user_id = $1",
            )
            .bind(client.person.id)
            .fetch_one(&self.postgres.pool)
        })
        .await;
        let place = Cursor { epoch: head.epoch, position: least };
        let deadline = Instant::now() + PATIENCE;
        while !client.has_reached(place).await {
            if !client.is_alive() {
                self.report.fail(&format!("{} broke", client.name));
            }
            if Instant::now() > deadline {
                let at = client.state.lock().await.cursor;
                self.report.fail(&format!("{} is at {at}, not at {place}", client.name));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn compare(&mut self) {
        for place in 0..self.clients.len() {
            let deadline = Instant::now() + CONVERGENCE;
            while let Some(mismatch) = self.mismatch(place).await {
                if Instant::now() > deadline {
                    let client = &self.clients[place];
                    let Mismatch { cache, held, answered } = mismatch;
                    self.report.fail(&format!(
                        "{}: {cache}\n  held     {held}\n  answered {answered}",
                        client.name
                    ));
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            self.report.comparisons += 1;
        }
    }

    async fn mismatch(&mut self, place: usize) -> Option<Mismatch> {
        let client = &self.clients[place];
        let visited = client.state.lock().await.caches.visited();
        let mut rng = self.rng.fork(0);
        let fresh = Caches::read(&client.person, &self.nodes, &mut rng, &visited).await;
        client.state.lock().await.caches.compare(&fresh)
    }

    /// Whether anybody heard what they shouldn't have, or in the wrong order.
    async fn judge(&mut self, head: Cursor) {
        let ids: Vec<_> = self.people.iter().map(|person| person.id).collect();
        let pool = &self.postgres.pool;
        if self.log == Log::Broken {
            self.since = head.position;
            self.baseline = memberships(pool, &ids).await;
        }
        let access = patiently(|| Access::read(pool, &ids, self.since, &self.baseline)).await;
        for client in &self.clients {
            let mut state = client.state.lock().await;
            let (heard, mut violations) = state.transcript.take();
            if self.log == Log::Whole {
                violations.extend(access.violations(client.person.id, &heard));
            }
            self.report.messages += std::mem::take(&mut state.transcript.messages);
            self.report.connections += std::mem::take(&mut state.connections);
            self.report.resets += std::mem::take(&mut state.resets);
            if !violations.is_empty() {
                let all = violations.join("\n  ");
                self.report.fail(&format!("{} shouldn't have heard\n  {all}", client.name));
            }
        }
        self.log = Log::Whole;
    }
}

async fn memberships(pool: &PgPool, people: &[UserId]) -> Vec<(UserId, OrganizationId, Role)> {
    patiently(|| {
        sqlx::query_as(
            "select user_id, organization_id, role from memberships where user_id = any($1)",
        )
        .bind(people)
        .fetch_all(pool)
    })
    .await
}

/// Whether the connection is gone, and not the statement wrong.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_) => true,
        // Terminated, starting up, shutting down.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

/// Asks the database until it answers.
async fn patiently<T, Asking>(ask: impl Fn() -> Asking) -> T
where
    Asking: Future<Output = Result<T, sqlx::Error>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) if is_lost(&error) && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}
