//! Random logs of a few users and organizations, and the memberships that result.

use std::collections::{BTreeMap, BTreeSet};

use contract::{Action, OrganizationId, Position, ResourceKind, Role, Timestamp, UserId};
use proptest::prelude::*;
use serde_json::json;
use sqlx::types::Json;
use std::collections::HashMap;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Activity, ActivityKind, NewActivity, UserOrganization};
use testing::TestDatabase;

pub(super) const USERS: usize = 4;
pub(super) const ORGANIZATIONS: usize = 6;

/// Notes or invitations of an organization.
const ITEMS: usize = 3;

pub(super) fn user(index: usize) -> UserId {
    UserId::from_uuid(Uuid::from_u128(0x100 + index as u128))
}

pub(super) fn organization(index: usize) -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(0x200 + index as u128))
}

/// A change by the user `actor`. Steps that the state doesn't allow do nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Join { user: usize, organization: usize, admin: bool },
    Leave { user: usize, organization: usize },
    ChangeRole { user: usize, organization: usize, actor: usize },
    Mute { user: usize, organization: usize },
    Rename { organization: usize, actor: usize },
    Delete { organization: usize, actor: usize },
    Write { organization: usize, note: usize, actor: usize },
    Remove { organization: usize, note: usize, actor: usize },
    Invite { organization: usize, invitation: usize, user: Option<usize>, actor: usize },
    Revoke { organization: usize, invitation: usize, actor: usize },
    RenameUser { user: usize },
    ChangeEmail { user: usize },
    ChangeSessions { user: usize },
}

impl Step {
    const fn organization(self) -> Option<usize> {
        match self {
            Self::Join { organization, .. }
            | Self::Leave { organization, .. }
            | Self::ChangeRole { organization, .. }
            | Self::Mute { organization, .. }
            | Self::Rename { organization, .. }
            | Self::Delete { organization, .. }
            | Self::Write { organization, .. }
            | Self::Remove { organization, .. }
            | Self::Invite { organization, .. }
            | Self::Revoke { organization, .. } => Some(organization),
            Self::RenameUser { .. } | Self::ChangeEmail { .. } | Self::ChangeSessions { .. } => {
                None
            }
        }
    }
}

pub(super) fn steps() -> impl Strategy<Value = Step> {
    let (users, organizations, small) = (0..USERS, 0..ORGANIZATIONS, 0..ITEMS);
    let all = (users.clone(), organizations, small, users, any::<bool>(), 0..25_usize);
    all.prop_map(|(user, organization, item, actor, flag, kind)| match kind {
        0..=4 => Step::Join { user, organization, admin: flag },
        5 | 6 => Step::Leave { user, organization },
        7 | 8 => Step::ChangeRole { user, organization, actor },
        9 | 10 => Step::Mute { user, organization },
        11 => Step::Rename { organization, actor },
        12 => Step::Delete { organization, actor },
        13 | 14 => Step::Write { organization, note: item, actor },
        15 => Step::Remove { organization, note: item, actor },
        16 => Step::Invite { organization, invitation: item, user: flag.then_some(user), actor },
        17 => Step::Revoke { organization, invitation: item, actor },
        18 => Step::RenameUser { user },
        19 => Step::ChangeEmail { user },
        20 | 21 => Step::Invite { organization, invitation: item, user: Some(user), actor },
        22 => Step::Rename { organization, actor },
        23 => Step::RenameUser { user },
        _ => Step::ChangeSessions { user },
    })
}

/// An open invitation.
#[derive(Clone, Copy, Debug)]
struct Invitation {
    invited: Option<usize>,
    inviter: usize,
}

/// A log, and the state after it.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) activities: Vec<Activity>,
    memberships: BTreeMap<(usize, usize), Role>,
    notes: BTreeSet<(usize, usize)>,
    /// By organization and number.
    invitations: BTreeMap<(usize, usize), Invitation>,
    authors: BTreeSet<(usize, usize)>,
    deleted: BTreeSet<usize>,
    /// The position after each step.
    positions: Vec<Position>,
}

impl Log {
    pub(super) fn roles(&self, reader: UserId) -> HashMap<OrganizationId, Role> {
        let its = self.memberships.iter().filter(|((member, _), _)| user(*member) == reader);
        its.map(|((_, id), role)| (organization(*id), *role)).collect()
    }

    /// The newest position after that many steps.
    pub(super) fn positions_before(&self, steps: usize) -> Position {
        steps.checked_sub(1).map_or(Position(0), |last| self.positions[last])
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each step")]
    pub(super) fn apply(&mut self, step: Step) {
        let membership = |action, member: usize, id: usize, actor: usize, changed: &[&str]| {
            let subject = Uuid::from_u128(0x1000 + (member * 16 + id) as u128);
            let change = change(ActivityKind::Membership, action, subject, changed, actor);
            NewActivity {
                organization_id: Some(organization(id)),
                user_id: Some(user(member)),
                ..change
            }
        };
        let of_organization =
            |kind, base: u128, action, id: usize, item: usize, actor, changed: &[&str]| {
                let subject = Uuid::from_u128(base + (id * 16 + item) as u128);
                let change = change(kind, action, subject, changed, actor);
                NewActivity { organization_id: Some(organization(id)), ..change }
            };
        if step.organization().is_some_and(|id| self.deleted.contains(&id)) {
            return self.skip();
        }
        match step {
            Step::Join { user, organization, admin } => {
                if self.memberships.contains_key(&(user, organization)) {
                    return self.skip();
                }
                let role = if admin { Role::Admin } else { Role::Member };
                self.memberships.insert((user, organization), role);
                self.push(membership(Action::Created, user, organization, user, &[]));
            }
            Step::Leave { user, organization } => {
                if self.memberships.remove(&(user, organization)).is_some() {
                    self.push(membership(Action::Deleted, user, organization, user, &[]));
                }
            }
            Step::ChangeRole { user, organization, actor } => {
                if let Some(role) = self.memberships.get_mut(&(user, organization)) {
                    *role = if *role == Role::Admin { Role::Member } else { Role::Admin };
                    self.push(membership(Action::Updated, user, organization, actor, &["role"]));
                }
            }
            Step::Mute { user, organization } => {
                if self.memberships.contains_key(&(user, organization)) {
                    self.push(membership(Action::Updated, user, organization, user, &["muted"]));
                }
            }
            Step::Rename { organization, actor } => {
                let kind = ActivityKind::Organization;
                let fields = ["name", "slug"];
                self.push(of_organization(
                    kind,
                    0x200,
                    Action::Updated,
                    organization,
                    0,
                    actor,
                    &fields[..1],
                ));
            }
            Step::Delete { organization, actor } => {
                self.deleted.insert(organization);
                let kind = ActivityKind::Organization;
                self.push(of_organization(
                    kind,
                    0x200,
                    Action::Deleted,
                    organization,
                    0,
                    actor,
                    &[],
                ));
                let members: Vec<usize> = (0..USERS)
                    .filter(|user| self.memberships.remove(&(*user, organization)).is_some())
                    .collect();
                for user in members {
                    self.push(membership(Action::Deleted, user, organization, actor, &[]));
                }
                for item in 0..ITEMS {
                    self.revoke(organization, item, actor);
                }
            }
            Step::Write { organization, note, actor } => {
                let (action, changed): (_, &[&str]) = match self.notes.insert((organization, note))
                {
                    true => (Action::Created, &[]),
                    false => (Action::Updated, &["title", "body"]),
                };
                self.authors.insert((actor, organization));
                let kind = ActivityKind::Resource(ResourceKind::Note);
                self.push(of_organization(
                    kind,
                    0x3000,
                    action,
                    organization,
                    note,
                    actor,
                    changed,
                ));
            }
            Step::Remove { organization, note, actor } => {
                if self.notes.remove(&(organization, note)) {
                    let kind = ActivityKind::Resource(ResourceKind::Note);
                    self.push(of_organization(
                        kind,
                        0x3000,
                        Action::Deleted,
                        organization,
                        note,
                        actor,
                        &[],
                    ));
                }
            }
            Step::Invite { organization, invitation, user: invited, actor } => {
                // An invitation stays for the same person.
                let former = self.invitations.get(&(organization, invitation)).copied();
                let invited = former.map_or(invited, |former| former.invited);
                let renewed = Invitation { invited, inviter: actor };
                self.invitations.insert((organization, invitation), renewed);
                let (action, changed): (_, &[&str]) = match former {
                    None => (Action::Created, &[]),
                    Some(_) => (Action::Updated, &["expiresAt", "invitedBy"]),
                };
                let kind = ActivityKind::Invitation;
                let change =
                    of_organization(kind, 0x4000, action, organization, invitation, actor, changed);
                self.push(NewActivity { user_id: invited.map(user), ..change });
            }
            Step::Revoke { organization, invitation, actor } => {
                self.revoke(organization, invitation, actor);
            }
            Step::RenameUser { user: renamed } => self.push_user(renamed, "name"),
            Step::ChangeEmail { user: changed } => self.push_user(changed, "email"),
            Step::ChangeSessions { user: changed } => self.push_user(changed, "sessionsVersion"),
        }
        self.skip();
    }

    fn revoke(&mut self, id: usize, item: usize, actor: usize) {
        let Some(Invitation { invited, .. }) = self.invitations.remove(&(id, item)) else { return };
        let subject = Uuid::from_u128(0x4000 + (id * 16 + item) as u128);
        let change = change(ActivityKind::Invitation, Action::Deleted, subject, &[], actor);
        self.push(NewActivity {
            organization_id: Some(organization(id)),
            user_id: invited.map(user),
            ..change
        });
    }

    /// Whether only the database knows if the reader still has an invitation that quotes something that
    /// changed after this position.
    pub(super) fn is_undecided(&self, reader: UserId, after: Position) -> bool {
        let missed = || self.activities.iter().filter(|activity| activity.position > after);
        let ended = missed().rfind(|Activity { change, .. }| {
            change.kind == ActivityKind::Invitation
                && change.action != Action::Created
                && change.user_id == Some(reader)
        });
        ended.is_some_and(|ended| {
            missed().any(|activity| {
                activity.position < ended.position
                    && activity.invited_users.contains(&reader)
                    && activity.change.user_id != Some(reader)
            })
        })
    }

    /// The step is over.
    fn skip(&mut self) {
        self.positions.push(Position(i64::try_from(self.activities.len()).unwrap()));
    }

    fn push_user(&mut self, index: usize, field: &str) {
        let id = user(index);
        let change = change(ActivityKind::User, Action::Updated, id.uuid(), &[field], index);
        self.push(NewActivity { user_id: Some(id), ..change });
    }

    fn push(&mut self, change: NewActivity) {
        let user_organizations = match change.concerns_other_users() {
            true => self.organizations_of(change.user_id.unwrap(), change.changes_quotes()),
            false => Vec::new(),
        };
        let invited_users = match change.changes_quotes() {
            true => self.invited_by(change.subject_id),
            false => Vec::new(),
        };
        let position = Position(i64::try_from(self.activities.len()).unwrap() + 1);
        let committed_at = Timestamp::new(OffsetDateTime::UNIX_EPOCH);
        let change = NewActivity { data: json!({ "version": position.0 }), ..change };
        self.activities.push(Activity {
            position,
            committed_at,
            change,
            user_organizations,
            invited_users,
        });
    }

    fn organizations_of(&self, id: UserId, is_rename: bool) -> Vec<UserOrganization> {
        let index = (0..USERS).find(|index| user(*index) == id).unwrap();
        let its = (0..ORGANIZATIONS).map(|its| UserOrganization {
            id: organization(its),
            is_member: self.memberships.contains_key(&(index, its)),
            is_author: self.authors.contains(&(index, its)),
            is_inviter: is_rename
                && self
                    .invitations
                    .iter()
                    .any(|((id, _), invitation)| *id == its && invitation.inviter == index),
        });
        its.filter(|its| its.is_member || its.is_author || its.is_inviter).collect()
    }

    /// The users with an invitation that quotes this organization or user.
    fn invited_by(&self, subject: Uuid) -> Vec<UserId> {
        let quoting = self.invitations.iter().filter(|((id, _), invitation)| {
            [organization(*id).uuid(), user(invitation.inviter).uuid()].contains(&subject)
        });
        let invited: BTreeSet<usize> = quoting.filter_map(|(_, its)| its.invited).collect();
        invited.into_iter().map(user).collect()
    }

    /// Replaces the log and the memberships of the database.
    pub(super) async fn store(&self, database: &TestDatabase) {
        database
            .execute(
                "truncate activities, activity_organizations, activity_invited_users, memberships;
                 delete from invitations",
            )
            .await;
        for ((member, id), role) in &self.memberships {
            sqlx::query(
                "insert into memberships (id, organization_id, user_id, role)
                 values (gen_random_uuid(), $1, $2, $3)",
            )
            .bind(organization(*id))
            .bind(user(*member))
            .bind(role)
            .execute(&database.pool)
            .await
            .unwrap();
        }
        for ((id, number), invitation) in &self.invitations {
            sqlx::query(
                "insert into invitations
                        (id, organization_id, email, user_id, role, invited_by, expires_at)
                 values (gen_random_uuid(), $1, $2, $3, 'member', $4, now() + interval '1 day')",
            )
            .bind(organization(*id))
            .bind(format!("guest{number}@example.com"))
            .bind(invitation.invited.map(user))
            .bind(user(invitation.inviter))
            .execute(&database.pool)
            .await
            .unwrap();
        }
        for activity in &self.activities {
            store(database, activity).await;
        }
        sqlx::query("update cdc_state set last_position = $1, horizon = 0")
            .bind(i64::try_from(self.activities.len()).unwrap())
            .execute(&database.pool)
            .await
            .unwrap();
    }
}

fn change(
    kind: ActivityKind,
    action: Action,
    subject_id: Uuid,
    changed: &[&str],
    actor: usize,
) -> NewActivity {
    NewActivity {
        kind,
        action,
        subject_id,
        organization_id: None,
        user_id: None,
        // The last user acts by plain SQL.
        actor_id: (actor + 1 < USERS).then(|| user(actor)),
        mutation_id: None,
        changed: changed.iter().map(|field| (*field).to_owned()).collect(),
        data: json!({}),
    }
}

async fn store(database: &TestDatabase, activity: &Activity) {
    let change = &activity.change;
    sqlx::query(
        "insert into activities (id, commit_lsn, ordinal, kind, action, subject_id,
                organization_id, user_id, actor_id, changed, data, committed_at)
         values ($1, '0/1', 0, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(activity.position)
    .bind(change.kind.as_str())
    .bind(change.action)
    .bind(change.subject_id)
    .bind(change.organization_id)
    .bind(change.user_id)
    .bind(change.actor_id)
    .bind(&change.changed)
    .bind(Json(&change.data))
    .bind(activity.committed_at)
    .execute(&database.pool)
    .await
    .unwrap();
    for its in &activity.user_organizations {
        sqlx::query(
            "insert into activity_organizations
                    (activity_id, organization_id, is_member, is_author, is_inviter)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(activity.position)
        .bind(its.id)
        .bind(its.is_member)
        .bind(its.is_author)
        .bind(its.is_inviter)
        .execute(&database.pool)
        .await
        .unwrap();
    }
    for invited in &activity.invited_users {
        sqlx::query("insert into activity_invited_users (activity_id, user_id) values ($1, $2)")
            .bind(activity.position)
            .bind(invited)
            .execute(&database.pool)
            .await
            .unwrap();
    }
}

/// The users and organizations of all logs.
pub(super) async fn store_people(database: &TestDatabase) {
    for index in 0..USERS {
        sqlx::query("insert into users (id, email, name) values ($1, $2, 'Ada')")
            .bind(user(index))
            .bind(format!("ada{index}@example.com"))
            .execute(&database.pool)
            .await
            .unwrap();
    }
    for index in 0..ORGANIZATIONS {
        sqlx::query("insert into organizations (id, name, slug) values ($1, 'Team', $2)")
            .bind(organization(index))
            .bind(format!("team-{index}"))
            .execute(&database.pool)
            .await
            .unwrap();
    }
}
