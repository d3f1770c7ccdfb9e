//! Changing roles: shown at once, sent one request per member at a time, and reverted if refused.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::{Toast, Toasts};
use client::api;
use client::cache::{LiveQuery, Members};
use contract::request::UpdateMembership;
use contract::view::MembershipView;
use contract::{ApiError, MembershipId, Role};

/// The roles that were chosen here and aren't confirmed yet. They are an overlay: messages of the
/// stream change the list below it, so an unconfirmed choice doesn't flicker.
#[derive(Clone, Copy)]
pub struct RoleChanges {
    pending: RwSignal<HashMap<MembershipId, Role>>,
    members: LiveQuery<Members>,
    toasts: Toasts,
}

impl RoleChanges {
    /// Creates the state without changes.
    pub fn new(members: LiveQuery<Members>, toasts: Toasts) -> Self {
        Self { pending: RwSignal::default(), members, toasts }
    }

    /// Returns the role that was chosen here, otherwise the current one. Tracked.
    pub fn role(self, membership: &MembershipView) -> Role {
        let pending = self.pending.with(|pending| pending.get(&membership.id).copied());
        pending.unwrap_or(membership.role)
    }

    /// Changes the role of that member. A choice made while a request is in flight is sent after
    /// its answer.
    pub fn set_role(self, id: MembershipId, role: Role) {
        let before = self.pending.try_update(|pending| pending.insert(id, role)).flatten();
        if before.is_none() {
            spawn_local(self.send(id, role));
        }
    }

    async fn send(self, id: MembershipId, mut role: Role) {
        loop {
            let changes = UpdateMembership { role: Some(role), ..Default::default() };
            let answer = api::memberships::update(id, &changes).await;
            let pending = self.pending.try_with_untracked(|pending| pending.get(&id).copied());
            match pending.flatten().filter(|pending| *pending != role && answer.is_ok()) {
                Some(newer) => role = newer,
                None => return self.finish(id, answer),
            }
        }
    }

    fn finish(self, id: MembershipId, answer: Result<MembershipView, ApiError>) {
        match answer {
            Ok(answer) => self.members.update_with(|members| members.merge_response(&answer)),
            Err(error) => self.toasts.show(Toast::failure(&*error.message)),
        }
        let _ = self.pending.try_update(|pending| pending.remove(&id));
    }
}
