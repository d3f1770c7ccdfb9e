//! Routes one activity: to which queues it goes, what it ends, and how it changes access.

use std::sync::Arc;

use contract::event::EndCode;
use contract::permission::MembershipVisibility as Visibility;
use contract::{Action, OrganizationId};

use super::{Delivery, Inner, Subscriber};
use crate::frame::Frame;
use crate::message::granted_role;
use crate::scope::{self, Scope};
use crate::visibility;
use activity::{Activity, ActivityKind};

impl Inner {
    /// Access is granted before the activity is delivered and revoked after it: a new member
    /// receives their own joining, and a removed member their own removal, but nothing after it.
    pub(super) fn route(
        &mut self,
        activity: &Activity,
        frame: impl Fn(&Activity, Scope, Visibility) -> Option<Frame>,
    ) {
        self.end_streams(activity);
        self.members.grant(activity, granted_role(&activity.change));
        self.route_to_users(activity, &frame);
        if let Some(id) = scope::resource_organization(activity) {
            self.route_to_organization(id, activity, &frame);
        }
        self.members.revoke(activity);
        self.end_streams_without_access(activity);
    }

    fn route_to_users(
        &self,
        activity: &Activity,
        frame: impl Fn(&Activity, Scope, Visibility) -> Option<Frame>,
    ) {
        let mut frames: [Option<Option<Frame>>; 4] = [const { None }; 4];
        let recipients = visibility::recipients(activity, &self.members);
        for (user, visibility) in recipients {
            let frame = frames[visibility as usize]
                .get_or_insert_with(|| frame(activity, Scope::User, visibility));
            let Some(frame) = frame else { continue };
            let streams = self.by_user.get(&user).into_iter().flatten();
            for subscriber in streams.filter(|subscriber| subscriber.scope == Scope::User) {
                subscriber.push(Delivery::Frame(frame.clone()));
            }
        }
    }

    fn route_to_organization(
        &self,
        organization: OrganizationId,
        activity: &Activity,
        frame: impl Fn(&Activity, Scope, Visibility) -> Option<Frame>,
    ) {
        let Some(subscribers) = self.by_organization.get(&organization) else { return };
        let scope = Scope::Organization(organization);
        let Some(frame) = frame(activity, scope, Visibility::Member) else { return };
        for subscriber in subscribers {
            let access = self.members.access(subscriber.user_id, organization);
            if visibility::can_read_resources(access) {
                subscriber.push(Delivery::Frame(frame.clone()));
            }
        }
    }

    /// Ends the organization's streams of a removed member, or all of them when the organization is
    /// deleted. The end goes through the queue: what the reader was allowed to see is sent first.
    fn end_streams_without_access(&self, activity: &Activity) {
        let change = &activity.change;
        let lost_access = |subscriber: &&Arc<Subscriber>| match change.kind {
            ActivityKind::Organization => true,
            ActivityKind::Membership => Some(subscriber.user_id) == change.user_id,
            _ => false,
        };
        if change.action != Action::Deleted {
            return;
        }
        let subscribers = change.organization_id.and_then(|id| self.by_organization.get(&id));
        for subscriber in subscribers.into_iter().flatten().filter(lost_access) {
            subscriber
                .push(Delivery::End { position: activity.position, code: EndCode::AccessLost });
        }
    }

    /// Ends the streams of a session or a user that was deleted.
    fn end_streams(&self, activity: &Activity) {
        let change = &activity.change;
        let code = match (change.kind, change.action) {
            (ActivityKind::Session, Action::Deleted) => EndCode::SessionEnded,
            (ActivityKind::User, Action::Deleted) => EndCode::UserDeleted,
            _ => return,
        };
        let must_end = |subscriber: &&Arc<Subscriber>| {
            code == EndCode::UserDeleted || subscriber.session_id.uuid() == change.subject_id
        };
        let streams = change.user_id.and_then(|user| self.by_user.get(&user));
        for subscriber in streams.into_iter().flatten().filter(must_end) {
            subscriber.end(code);
        }
    }
}
