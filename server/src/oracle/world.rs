//! One run: rounds of operations and faults, and the checks after each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::{Cursor, Position};
use futures::future::join_all;

use super::access::Access;
use super::accounts::{self, Everybody};
use super::by_request::{self, Outcome};
use super::by_sql;
use super::caches::{Caches, Mismatch};
use super::client::Client;
use super::faults::{self, Log};
use super::log_check;
use super::nodes::Nodes;
use super::person::Person;
use super::plan::{Extent, Kind, Plan, Step, steps_of};
use super::postgres::Postgres;
use super::report::{Failure, Report};
use super::rng::Rng;
use super::scene::Scene;
use activity::log;

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
    /// Of people whose account is gone, until what they heard is judged.
    departed: Vec<Client>,
    nodes: Arc<Nodes>,
    postgres: Postgres,
    people: Vec<Person>,
    plan: Plan,
    report: Report,
    /// How many times everybody was given something to hear.
    marks: u64,
    access: Access,
    log: Log,
    /// Whether the log never broke.
    unbroken: bool,
}

impl World {
    pub(super) async fn start(plan: Plan) -> Self {
        let postgres = Postgres::start().await;
        let nodes = Arc::new(Nodes::start(postgres.endpoint.clone(), NODES).await);
        let mut rng = Rng::new(plan.seed);
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
            plan,
            report: Report::default(),
            marks: 0,
            access: Access::default(),
            log: Log::Whole,
            unbroken: true,
        }
    }

    /// Does what the plan says, until something is wrong.
    pub(super) async fn run(mut self) -> Result<Report, Failure> {
        let start = Instant::now();
        for round in 1.. {
            let over = match &self.plan.extent {
                Extent::For(time) => start.elapsed() >= *time,
                Extent::Only(steps) => round > steps.last_round(),
            };
            if over {
                break;
            }
            self.round(round).await?;
        }
        Ok(self.report)
    }

    async fn round(&mut self, round: u64) -> Result<(), Failure> {
        let steps = (0..steps_of(self.plan.seed, round)).map(|number| Step { round, number });
        let steps: Vec<_> = match &self.plan.extent {
            Extent::For(_) => steps.collect(),
            Extent::Only(these) => steps.filter(|step| these.0.contains(step)).collect(),
        };
        if steps.is_empty() {
            return Ok(());
        }
        self.report.rounds = round;
        for step in steps {
            self.report.begin(step);
            self.take(step).await?;
        }
        self.check().await
    }

    async fn take(&mut self, step: Step) -> Result<(), Failure> {
        let rng = &mut step.source(self.plan.seed);
        let kind = Step::kind(rng);
        let scene = patiently(|| Scene::read(&self.postgres.pool)).await;
        match kind {
            Kind::Request => return self.request(rng, &scene, step.label()).await,
            Kind::Sql => return self.sql(rng, &scene, step.label()).await,
            Kind::Browser => {
                faults::browser(rng, &mut self.clients, &scene, &mut self.report).await;
            }
            Kind::Account => {
                let everybody = Everybody {
                    people: &mut self.people,
                    clients: &mut self.clients,
                    departed: &mut self.departed,
                };
                let (nodes, pool, report) = (&self.nodes, &self.postgres.pool, &mut self.report);
                match accounts::act(rng, everybody, nodes, pool, report).await {
                    Err(error) if !is_lost(&error) => panic!("{error}"),
                    _ => {}
                }
            }
            Kind::System => {
                let (nodes, postgres) = (&self.nodes, &mut self.postgres);
                let log = faults::system(rng, nodes, postgres, &mut self.report).await;
                if log == Log::Broken {
                    self.log = log;
                    self.unbroken = false;
                }
            }
        }
        Ok(())
    }

    /// One request, or several at once.
    async fn request(&mut self, rng: &mut Rng, scene: &Scene, label: u64) -> Result<(), Failure> {
        let count = if rng.chance(20) { 2 + rng.below(4) } else { 1 };
        let wishes: Vec<_> = (0..count)
            .filter_map(|_| {
                let wish = by_request::choose(rng, scene, &self.people, label)?;
                Some(wish.make(Rng::new(rng.next()), &self.nodes, &self.people))
            })
            .collect();
        for made in join_all(wishes).await {
            let (told, outcome) = made.map_err(|told| self.report.failure(told))?;
            let kind = match outcome {
                Outcome::Done => "rest done",
                Outcome::Refused => "rest refused",
                Outcome::Unknown => "rest unanswered",
            };
            self.report.operation(kind, told);
        }
        Ok(())
    }

    async fn sql(&mut self, rng: &mut Rng, scene: &Scene, label: u64) -> Result<(), Failure> {
        let done = by_sql::act(rng, scene, &self.people, label, &self.postgres.pool).await;
        match done {
            Ok(told) => self.report.operation("sql", told),
            // Our own connection was cut.
            Err(error) if is_lost(&error) => {
                self.report.operation("sql unanswered", error.to_string());
            }
            // Two that were chosen together don't go together.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("23503") => {
                self.report.operation("sql refused", error.to_string());
            }
            Err(error) => return Err(self.report.failure(format!("sql: {error}"))),
        }
        Ok(())
    }

    /// Waits until all is said, then compares.
    async fn check(&mut self) -> Result<(), Failure> {
        for client in &self.departed {
            let ended = client.streams_end().await;
            ended.map_err(|told| self.report.failure(format!("{}: {told}", client.name)))?;
        }
        for client in &mut self.clients {
            let recovered = client.recover().await;
            recovered.map_err(|told| self.report.failure(format!("{}: {told}", client.name)))?;
        }
        let head = self.settle().await?;
        for place in 0..self.clients.len() {
            self.reaches(place, head).await?;
        }
        for place in 0..self.clients.len() {
            self.compare(place).await?;
        }
        self.judge(head).await?;
        let problems = patiently(|| log_check::problems(&self.postgres.pool, self.unbroken)).await;
        if !problems.is_empty() {
            return Err(self.report.failure(format!("the log: {problems:?}")));
        }
        Ok(())
    }

    /// Gives everybody something to hear, and waits until it is in the log.
    async fn settle(&mut self) -> Result<Cursor, Failure> {
        let deadline = Instant::now() + PATIENCE;
        let mut marked = None;
        loop {
            // A slot that is dropped meanwhile takes the mark with it: then another one is made.
            if marked.is_none_or(|at: Instant| at.elapsed() > Duration::from_secs(3)) {
                self.mark().await;
                marked = Some(Instant::now());
            }
            if let Some(head) = self.marked_in_log().await {
                return Ok(head);
            }
            if Instant::now() > deadline {
                return Err(self.report.failure("the log doesn't follow".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn mark(&mut self) {
        self.marks += 1;
        let ids: Vec<_> = self.people.iter().map(|person| person.id).collect();
        let name = format!("Mark {}", self.marks);
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
        let name = format!("Mark {}", self.marks);
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
    async fn reaches(&mut self, place: usize, head: Cursor) -> Result<(), Failure> {
        let client = &mut self.clients[place];
        let least: Position = patiently(|| {
            sqlx::query_scalar(
                "select max(id) from activities where kind = 'user' and user_id = $1",
            )
            .bind(client.person.id)
            .fetch_one(&self.postgres.pool)
        })
        .await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let places = [client.leading().await.cursor(), client.following().await.cursor()];
            let reached = |at: &Cursor| at.epoch == head.epoch && at.position >= least;
            let Some(at) = places.iter().find(|at| !reached(at)) else { return Ok(()) };
            let broken = client.breakage();
            let late = (Instant::now() > deadline).then(|| format!("at {at}, not at {least}"));
            if let Some(told) = broken.or(late) {
                return Err(self.report.failure(format!("{}: {told}", client.name)));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Both tabs of a browser show what REST answers.
    async fn compare(&mut self, place: usize) -> Result<(), Failure> {
        let client = &self.clients[place];
        let mut rng = Rng::new(self.plan.seed).fork(self.marks);
        let deadline = Instant::now() + CONVERGENCE;
        loop {
            let visited = client.leading().await.caches.visited();
            let fresh = Caches::read(&client.person, &self.nodes, &mut rng, &visited).await;
            let reader = client.person.id;
            let leading = client.leading().await.caches.compare(&fresh, reader);
            let following = client.following().await.caches.compare(&fresh, reader);
            let tab = if leading.is_some() { "the leading tab" } else { "the following tab" };
            let Some(Mismatch { cache, held, answered }) = leading.or(following) else { break };
            if Instant::now() > deadline {
                let told = format!(
                    "{}, {tab}: {cache}\n  held     {held}\n  answered {answered}",
                    client.name
                );
                return Err(self.report.failure(told));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.report.comparisons += 2;
        Ok(())
    }

    /// Whether anybody heard what they shouldn't have, or in the wrong order.
    async fn judge(&mut self, head: Cursor) -> Result<(), Failure> {
        let pool = &self.postgres.pool;
        match self.log {
            Log::Whole => {
                while let Err(error) = self.access.follow(pool).await {
                    assert!(is_lost(&error), "{error}");
                }
            }
            Log::Broken => self.access = patiently(|| Access::begin(pool, head.position)).await,
        }
        for client in self.clients.iter().chain(&self.departed) {
            let mut state = client.leading().await;
            self.report.connections += std::mem::take(&mut state.connections);
            self.report.resets += std::mem::take(&mut state.resets);
            for (scope, place) in state.places() {
                let (heard, mut violations) = place.transcript.take();
                if self.log == Log::Whole {
                    violations.extend(self.access.violations(client.person.id, scope, &heard));
                }
                self.report.messages += std::mem::take(&mut place.transcript.messages);
                if !violations.is_empty() {
                    let all = violations.join("\n  ");
                    let told = format!("{} shouldn't have heard\n  {all}", client.name);
                    return Err(self.report.failure(told));
                }
            }
        }
        self.departed.clear();
        self.log = Log::Whole;
        Ok(())
    }
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
