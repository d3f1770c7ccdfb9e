//! `POST /organizations/{id}/invitations`

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use contract::request::{Invite, MOST_INVITED_AT_ONCE};
use contract::view::{InviteOutcome, InviteResult, List};
use contract::{
    Capability, Email, FieldProblem, InvitationId, OrganizationId, OrganizationRef, Role,
    Timestamp, UserId,
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{LIFETIME, secret};
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::{JsonBody, PathOf};
use crate::organizations::access;
use db::clock::Clock;

/// Asks people to join, all or none, and says of each address what became of it.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins, 422 for no or too many addresses.
pub async fn invite_people(
    State(api): State<Api>,
    request_actor: RequestActor,
    PathOf(reference): PathOf<OrganizationRef>,
    JsonBody(request): JsonBody<Invite>,
) -> Result<Json<List<InviteResult>>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let access = access::lock(&mut transaction, &reference, request_actor.user_id()).await?;
    access.require(Capability::ManageInvitations)?;
    let emails = without_repeats(request.emails)?;
    let asking = Asking {
        organization_id: access.organization.id,
        invited_by: request_actor.user_id(),
        role: request.role,
    };
    let results = invite(&mut transaction, &api.clock, asking, &emails).await?;
    transaction.commit().await?;
    Ok(Json(List::whole(results)))
}

fn without_repeats(emails: Vec<Email>) -> Result<Vec<Email>, ApiFailure> {
    let mut seen = BTreeSet::new();
    let emails: Vec<Email> =
        emails.into_iter().filter(|email| seen.insert(email.clone())).collect();
    let (code, message) = match emails.len() {
        0 => ("required", "Enter at least one email address.".to_owned()),
        1..=MOST_INVITED_AT_ONCE => return Ok(emails),
        _ => ("too_many", format!("Invite up to {MOST_INVITED_AT_ONCE} people at once.")),
    };
    Err(ApiFailure::field("emails", FieldProblem { code: code.to_owned(), message }))
}

/// Who asks people to join what, as what.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Where to.
    pub organization_id: OrganizationId,
    /// Who asks.
    pub invited_by: UserId,
    /// As what.
    pub role: Role,
}

/// Invites each of the addresses, which don't repeat. The organization must be locked.
///
/// # Errors
/// When the database refuses, or the system has no randomness.
pub async fn invite(
    connection: &mut PgConnection,
    clock: &Clock,
    asking: Asking,
    emails: &[Email],
) -> Result<Vec<InviteResult>, ApiFailure> {
    let mut results = Vec::with_capacity(emails.len());
    for found in look_up(connection, asking.organization_id, emails).await? {
        let outcome = found.outcome(clock.now());
        let link = match outcome {
            InviteOutcome::AlreadyMember => None,
            InviteOutcome::AlreadyInvited => {
                link_account(connection, asking.organization_id, &found).await?;
                None
            }
            InviteOutcome::Invited | InviteOutcome::Renewed => {
                write(connection, clock, asking, &found).await?
            }
        };
        results.push(InviteResult { email: found.email, outcome, link });
    }
    Ok(results)
}

/// What there is of an address: its account, its membership, its invitation.
#[derive(FromRow)]
struct Found {
    email: Email,
    user_id: Option<UserId>,
    is_member: bool,
    invitation_id: Option<InvitationId>,
    rejected_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

impl Found {
    fn outcome(&self, now: Timestamp) -> InviteOutcome {
        if self.is_member {
            return InviteOutcome::AlreadyMember;
        }
        match self.expires_at {
            None => InviteOutcome::Invited,
            Some(at) if at > now && self.rejected_at.is_none() => InviteOutcome::AlreadyInvited,
            Some(_) => InviteOutcome::Renewed,
        }
    }
}

async fn look_up(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    emails: &[Email],
) -> Result<Vec<Found>, sqlx::Error> {
    sqlx::query_as(
        "select asked.email, u.id as user_id, m.id is not null as is_member,
                i.id as invitation_id, i.rejected_at, i.expires_at
           from unnest($2::text[]) with ordinality as asked (email, place)
           left join users u on u.email = asked.email
           left join memberships m on m.organization_id = $1 and m.user_id = u.id
           left join invitations i on i.organization_id = $1 and i.email = asked.email
          order by asked.place",
    )
    .bind(organization_id)
    .bind(emails)
    .fetch_all(connection)
    .await
}

/// The address may have got its account after it was invited.
async fn link_account(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    found: &Found,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update invitations set user_id = $3
          where id = $1 and organization_id = $2 and user_id is distinct from $3",
    )
    .bind(found.invitation_id)
    .bind(organization_id)
    .bind(found.user_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes a pending invitation over whatever there was. Gives the link for an address without an
/// account.
async fn write(
    connection: &mut PgConnection,
    clock: &Clock,
    Asking { organization_id, invited_by, role }: Asking,
    found: &Found,
) -> Result<Option<String>, ApiFailure> {
    let id: InvitationId = sqlx::query_scalar(
        "insert into invitations (id, organization_id, email, user_id, role, invited_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict on constraint invitations_organization_email_unique do update
            set user_id = excluded.user_id, role = excluded.role,
                invited_by = excluded.invited_by, expires_at = excluded.expires_at,
                rejected_at = null
         returning id",
    )
    .bind(InvitationId::from_uuid(Uuid::now_v7()))
    .bind(organization_id)
    .bind(&found.email)
    .bind(found.user_id)
    .bind(role)
    .bind(invited_by)
    .bind(clock.now().plus(LIFETIME))
    .fetch_one(&mut *connection)
    .await?;
    if found.user_id.is_some() {
        return Ok(None);
    }
    let token = secret::renew(connection, id).await?;
    Ok(Some(secret::path(&token)))
}
