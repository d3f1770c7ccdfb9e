//! `POST /organizations/{id}/invitations`

use std::collections::BTreeSet;
use tracing::instrument;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use contract::request::{Invite, MAX_INVITATIONS_PER_REQUEST};
use contract::view::{InviteOutcome, InviteResult, List};
use contract::{
    Capability, Email, FieldProblem, InvitationId, OrganizationId, OrganizationRef, Role,
    Timestamp, UserId,
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{LIFETIME, link_token};
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::{ApiPath, JsonBody};
use crate::organizations::access;
use crate::quotas::Quotas;
use crate::repeated_request::{Attempt, NotStored};
use db::clock::Clock;

/// Invites all the email addresses in one transaction. Returns a result for each.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins, 422 for no or too many addresses,
/// 409 for too many open invitations, 429 after too many invitations.
#[instrument(skip_all)]
pub async fn invite_people(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(reference): ApiPath<OrganizationRef>,
    JsonBody(request): JsonBody<Invite>,
) -> Result<impl IntoResponse, ApiFailure> {
    let (mut transaction, attempt) = request_actor.begin_attempt(&api.pool).await?;
    let access =
        access::lock_exclusive(&mut transaction, &reference, request_actor.user_id()).await?;
    access.require(Capability::ManageInvitations)?;
    let emails = deduplicate(request.emails)?;
    api.limits.count_invitations(request_actor.user_id(), emails.len())?;
    let parameters = InviteParameters {
        organization_id: access.organization.id,
        invited_by: request_actor.user_id(),
        role: request.role,
        attempt,
    };
    let quotas = api.settings.quotas;
    let results = invite(&mut transaction, &api.clock, quotas, parameters, &emails).await?;
    transaction.commit().await?;
    // Links are secrets.
    Ok((Extension(NotStored), Json(List::single_page(results))))
}

fn deduplicate(emails: Vec<Email>) -> Result<Vec<Email>, ApiFailure> {
    let mut seen = BTreeSet::new();
    let emails: Vec<Email> =
        emails.into_iter().filter(|email| seen.insert(email.clone())).collect();
    let (code, message) = match emails.len() {
        0 => ("required", "Enter at least one email address.".to_owned()),
        1..=MAX_INVITATIONS_PER_REQUEST => return Ok(emails),
        _ => ("too_many", format!("Invite up to {MAX_INVITATIONS_PER_REQUEST} people at once.")),
    };
    Err(ApiFailure::field("emails", FieldProblem { code: code.to_owned(), message }))
}

/// The values that the invitations of one request share.
#[derive(Clone, Copy, Debug)]
pub struct InviteParameters {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The user who invites.
    pub invited_by: UserId,
    /// The role of the invited people.
    pub role: Role,
    /// Whether the request was made before. The links of its answer were not stored, so a repetition
    /// makes new ones for the people whom the same admin has invited.
    pub attempt: Attempt,
}

/// Invites the email addresses, which must be distinct. The caller locks the organization first.
///
/// # Errors
/// 409 when the organization would have too many open invitations.
pub async fn invite(
    connection: &mut PgConnection,
    clock: &Clock,
    quotas: Quotas,
    parameters: InviteParameters,
    emails: &[Email],
) -> Result<Vec<InviteResult>, ApiFailure> {
    let mut results = Vec::with_capacity(emails.len());
    let now = clock.now();
    let organization_id = parameters.organization_id;
    let statuses = load_address_statuses(connection, organization_id, emails).await?;
    let opened = statuses.iter().filter(|status| status.would_open(now, parameters)).count();
    quotas.require_room_for_invitations(connection, organization_id, opened, now).await?;
    for status in statuses {
        let outcome = status.outcome(now, parameters);
        let link = match outcome {
            InviteOutcome::AlreadyMember | InviteOutcome::AlreadyInvited => None,
            InviteOutcome::Invited | InviteOutcome::Renewed => {
                Some(upsert(connection, clock, parameters, &status).await?)
            }
        };
        results.push(InviteResult { email: status.email, outcome, link });
    }
    Ok(results)
}

/// The account with a confirmed email address, the membership and the invitation of the address.
#[derive(FromRow)]
struct AddressStatus {
    email: Email,
    user_id: Option<UserId>,
    is_member: bool,
    rejected_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    invited_by: Option<UserId>,
}

impl AddressStatus {
    /// Whether inviting the address adds an open invitation.
    fn would_open(&self, now: Timestamp, parameters: InviteParameters) -> bool {
        let is_open = self.expires_at.is_some_and(|at| at > now) && self.rejected_at.is_none();
        let is_invited = matches!(
            self.outcome(now, parameters),
            InviteOutcome::Invited | InviteOutcome::Renewed
        );
        is_invited && !is_open
    }

    fn outcome(&self, now: Timestamp, parameters: InviteParameters) -> InviteOutcome {
        let is_repeated =
            parameters.attempt == Attempt::Repeat && self.invited_by == Some(parameters.invited_by);
        if self.is_member {
            return InviteOutcome::AlreadyMember;
        }
        match self.expires_at {
            None => InviteOutcome::Invited,
            Some(_) if is_repeated => InviteOutcome::Invited,
            Some(at) if at > now && self.rejected_at.is_none() => InviteOutcome::AlreadyInvited,
            Some(_) => InviteOutcome::Renewed,
        }
    }
}

async fn load_address_statuses(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    emails: &[Email],
) -> Result<Vec<AddressStatus>, sqlx::Error> {
    sqlx::query_as(
        "select asked.email, c.user_id, m.id is not null as is_member,
                i.rejected_at, i.expires_at, i.invited_by
           from unnest($2::text[]) with ordinality as asked (email, ordinal)
           left join users u on u.email = asked.email
           left join confirmed_emails c on c.user_id = u.id and c.email = u.email
           left join memberships m on m.organization_id = $1 and m.user_id = u.id
           left join invitations i on i.organization_id = $1 and i.email = asked.email
          order by asked.ordinal",
    )
    .bind(organization_id)
    .bind(emails)
    .fetch_all(connection)
    .await
}

/// Inserts a pending invitation or renews the existing one. Returns the link's path, also for an address
/// with an account, so that an answer doesn't tell which address has one.
async fn upsert(
    connection: &mut PgConnection,
    clock: &Clock,
    InviteParameters { organization_id, invited_by, role, .. }: InviteParameters,
    status: &AddressStatus,
) -> Result<String, ApiFailure> {
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
    .bind(&status.email)
    .bind(status.user_id)
    .bind(role)
    .bind(invited_by)
    .bind(clock.now().plus(LIFETIME))
    .fetch_one(&mut *connection)
    .await?;
    let token = link_token::replace(connection, id).await?;
    Ok(link_token::link_path(&token))
}
