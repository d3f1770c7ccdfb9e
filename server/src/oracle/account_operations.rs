//! Operations that end sessions and delete accounts.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::client::Client;
use super::nodes::Nodes;
use super::person::Person;
use super::report::Report;
use super::rng::Rng;
use crate::testing::PASSWORD;

/// All accounts and their browsers.
pub(super) struct Accounts<'a> {
    pub(super) people: &'a mut [Person],
    pub(super) clients: &'a mut [Client],
    /// Browsers of deleted accounts.
    pub(super) departed: &'a mut Vec<Client>,
}

/// Ends a session, or all sessions but one, or deletes an account.
pub(super) async fn act(
    rng: &mut Rng,
    accounts: Accounts<'_>,
    nodes: &Arc<Nodes>,
    pool: &PgPool,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    let Accounts { people, clients, departed } = accounts;
    let client = &clients[rng.below(clients.len())];
    let person = people.iter_mut().find(|person| person.email == client.person.email);
    let person = person.expect("every browser belongs to a person");
    let node = nodes.any(rng);
    match rng.below(5) {
        0 | 1 => {
            client.person.send(node, Method::POST, "/auth/sign-out", &Value::Null, None).await;
            report.operation("signed out", format!("{} signs out", client.name));
        }
        2 => {
            client.person.send(node, Method::DELETE, "/me/sessions", &Value::Null, None).await;
            report.operation("others signed out", format!("{} ends the others", client.name));
            person.sign_in_again(nodes, rng).await;
        }
        _ => {
            // The session may be older than a proof counts.
            let proof = json!({ "password": PASSWORD });
            person.send(node, Method::POST, "/me/proof", &proof, None).await;
            person.send(node, Method::DELETE, "/me", &Value::Null, None).await;
            let is_deleted = "select not exists (select from users where id = $1)";
            if sqlx::query_scalar(is_deleted).bind(person.id).fetch_one(pool).await? {
                report
                    .operation("account deleted", format!("{} deletes the account", person.email));
                *person = person.sign_up_again(nodes, rng).await;
                for client in clients.iter_mut().filter(|its| its.person.email == person.email) {
                    let rng = Rng::new(rng.next());
                    let fresh =
                        Client::open(client.name.clone(), person, Arc::clone(nodes), rng).await;
                    departed.push(std::mem::replace(client, fresh));
                }
            } else {
                report.operation("account stays", format!("{} can't be deleted", person.email));
            }
        }
    }
    Ok(())
}
