//! Operations through the REST API, on a random node.

use contract::UserId;
use reqwest::Method;
use serde_json::{Value, json};

use super::existing_rows::ExistingRows;
use super::nodes::Nodes;
use super::person::Person;
use super::rng::Rng;

/// A request of a user.
#[derive(Debug)]
pub(super) struct Request {
    who: UserId,
    method: Method,
    path: String,
    body: Value,
    /// The version of the note for `If-Match`.
    version: Option<i64>,
    /// For the report; the same for the same seed.
    about: String,
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Refused,
    /// The node died or lost its database before it answered.
    Unknown,
}

const MAX_ORGANIZATIONS: usize = 8;

/// Chooses a request; none when there is nothing that it could be about. `number` makes names unique.
pub(super) fn choose(
    rng: &mut Rng,
    rows: &ExistingRows,
    people: &[Person],
    number: u64,
) -> Option<Request> {
    let what = rng.below(30);
    let who = rng.pick(people)?.id;
    let role = if rng.chance(40) { "admin" } else { "member" };
    let request = |who, method, path: String, body, about: String| {
        Some(Request { who, method, path, body, version: None, about })
    };
    if what == 0 || rows.organizations.is_empty() {
        if rows.organizations.len() >= MAX_ORGANIZATIONS {
            return None;
        }
        let body = json!({ "name": format!("Org {number}"), "slug": format!("org-{number}") });
        return request(who, Method::POST, "/organizations".into(), body, format!("org-{number}"));
    }
    match what {
        1..=6 => {
            let organization = rng.pick(&rows.organizations)?;
            let (id, slug) = (organization.id, &organization.slug);
            let admin = rows.admin(rng, id);
            let who = admin.filter(|_| rng.chance(85)).unwrap_or(who);
            let path = format!("/organizations/{id}");
            match what {
                1 | 2 => {
                    let body = json!({ "name": format!("Renamed {number}") });
                    request(who, Method::PATCH, path, body, format!("{slug} renamed {number}"))
                }
                3 => {
                    let body = json!({ "slug": format!("org-{number}") });
                    request(who, Method::PATCH, path, body, format!("{slug} slug {number}"))
                }
                4 if rng.chance(30) => {
                    request(who, Method::DELETE, path, Value::Null, format!("{slug} deleted"))
                }
                _ => {
                    let guest = rng.pick(people)?.email.clone();
                    let about = format!("{slug} invites {guest} as {role}");
                    let body = json!({ "emails": [guest], "role": role });
                    request(who, Method::POST, format!("{path}/invitations"), body, about)
                }
            }
        }
        7..=12 => {
            let invitation = rng.pick(&rows.invitations)?;
            let (id, slug, email) = (invitation.id, &invitation.slug, &invitation.email);
            let invited = people.iter().find(|person| person.email == *email);
            let invited = invited.filter(|_| rng.chance(90)).map_or(who, |person| person.id);
            let admin = rows.admin(rng, invitation.organization_id).unwrap_or(who);
            let path = format!("/invitations/{id}");
            let (who, method, path, verb) = match what {
                7..=9 => (invited, Method::POST, format!("{path}/accept"), "accepts"),
                10 => (invited, Method::POST, format!("{path}/reject"), "rejects"),
                11 => (admin, Method::POST, format!("{path}/resend"), "is sent again"),
                _ => (admin, Method::DELETE, path, "is revoked"),
            };
            request(who, method, path, json!({}), format!("invitation {slug} {email} {verb}"))
        }
        13..=21 => {
            let membership = rng.pick(&rows.memberships)?;
            let (slug, email) = (&membership.slug, &membership.email);
            let admin = rows.admin(rng, membership.organization_id);
            let admin = admin.filter(|_| rng.chance(85)).unwrap_or(who);
            let path = format!("/memberships/{}", membership.id);
            let own = membership.user_id;
            let about = |what: &str| format!("membership {slug} {email} {what}");
            match what {
                13..=15 => {
                    request(admin, Method::PATCH, path, json!({ "role": role }), about(role))
                }
                16 => {
                    let archived = rng.chance(50);
                    let body = json!({ "archived": archived });
                    request(own, Method::PATCH, path, body, about("archived or not"))
                }
                17 => {
                    let body = json!({ "muted": rng.chance(50) });
                    request(own, Method::PATCH, path, body, about("muted or not"))
                }
                18 => {
                    let order = rng.below(5);
                    let body = json!({ "displayOrder": order });
                    request(own, Method::PATCH, path, body, about("moved"))
                }
                19 | 20 => request(admin, Method::DELETE, path, Value::Null, about("removed")),
                _ => {
                    let path = format!("/organizations/{}/leave", membership.organization_id);
                    request(own, Method::POST, path, json!({}), about("leaves"))
                }
            }
        }
        24..=29 => note(rng, rows, who, number, what < 26),
        _ => {
            let body = json!({ "name": format!("Name {number}") });
            request(who, Method::PATCH, "/me".into(), body, format!("a person is Name {number}"))
        }
    }
}

/// A request that creates, changes or deletes a note; sometimes with an outdated version.
fn note(
    rng: &mut Rng,
    rows: &ExistingRows,
    who: UserId,
    number: u64,
    new: bool,
) -> Option<Request> {
    let member = |rng: &mut Rng, id| {
        let member = rows.member(rng, id);
        member.filter(|_| rng.chance(85)).unwrap_or(who)
    };
    if new {
        let organization = rng.pick(&rows.organizations)?;
        return Some(Request {
            who: member(rng, organization.id),
            method: Method::POST,
            path: format!("/organizations/{}/notes", organization.id),
            body: json!({ "title": format!("Note {number}"), "body": "Begun" }),
            version: None,
            about: format!("{} note {number}", organization.slug),
        });
    }
    let note = rng.pick(&rows.notes)?;
    let (method, verb) =
        if rng.chance(25) { (Method::DELETE, "deleted") } else { (Method::PATCH, "changed") };
    Some(Request {
        who: member(rng, note.organization_id),
        method,
        path: format!("/notes/{}", note.id),
        body: json!({ "title": note.title, "body": format!("Changed\n{number}") }),
        version: Some(if rng.chance(85) { note.version } else { note.version - 1 }),
        about: format!("{} {} {verb}", note.slug, note.title),
    })
}

impl Request {
    /// Sends the request to a random node. Returns a description for the report, and the outcome.
    /// The error says that the server has answered wrongly.
    pub(super) async fn send(
        self,
        mut rng: Rng,
        nodes: &Nodes,
        people: &[Person],
    ) -> Result<(String, Outcome), String> {
        let Self { who, method, path, body, version, about } = self;
        let person = people.iter().find(|person| person.id == who).unwrap();
        let answer = person.send(nodes.any(&mut rng), method, &path, &body, version).await;
        let outcome = match &answer {
            Some((status, _)) if status.is_success() => Outcome::Done,
            // The node may have lost its database.
            Some((status, _)) if status.as_u16() == 503 || status.as_u16() == 500 => {
                Outcome::Unknown
            }
            Some((status, text)) if !status.is_client_error() || status.as_u16() < 401 => {
                return Err(format!("{about}: {status} {text}"));
            }
            Some(_) => Outcome::Refused,
            None => Outcome::Unknown,
        };
        let answer = answer.map_or("no answer".to_owned(), |(status, _)| status.to_string());
        Ok((format!("rest {} {about}: {answer}", person.email), outcome))
    }
}
