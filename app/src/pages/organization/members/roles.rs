//! Giving roles: shown at once, sent one after the other, taken back when refused.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::{Toast, Toasts};
use client::api;
use client::cache::{LiveQuery, Members};
use contract::request::UpdateMembership;
use contract::view::MembershipView;
use contract::{ApiError, MembershipId, Role};

/// The roles that were chosen here and aren't confirmed yet. They lie over the list: what the
/// stream says of it meanwhile doesn't show through, so nothing flickers.
#[derive(Clone, Copy)]
pub struct Roles {
    wished: RwSignal<HashMap<MembershipId, Role>>,
    members: LiveQuery<Members>,
    toasts: Toasts,
}

impl Roles {
    /// None.
    pub fn new(members: LiveQuery<Members>, toasts: Toasts) -> Self {
        Self { wished: RwSignal::default(), members, toasts }
    }

    /// The role as whoever looks chose it, or else as it is. Tracked.
    pub fn of(self, membership: &MembershipView) -> Role {
        let wished = self.wished.with(|wished| wished.get(&membership.id).copied());
        wished.unwrap_or(membership.role)
    }

    /// Gives that member another role. A choice that is made while one is sent is sent after it.
    pub fn choose(self, id: MembershipId, role: Role) {
        let before = self.wished.try_update(|wished| wished.insert(id, role)).flatten();
        if before.is_none() {
            spawn_local(self.send(id, role));
        }
    }

    async fn send(self, id: MembershipId, mut role: Role) {
        loop {
            let changes = UpdateMembership { role: Some(role), ..Default::default() };
            let answer = api::memberships::update(id, &changes).await;
            let wished = self.wished.try_with_untracked(|wished| wished.get(&id).copied());
            match wished.flatten().filter(|wished| *wished != role && answer.is_ok()) {
                Some(newer) => role = newer,
                None => return self.settle(id, answer),
            }
        }
    }

    fn settle(self, id: MembershipId, answer: Result<MembershipView, ApiError>) {
        match answer {
            Ok(answer) => self.members.update_with(|members| members.merge_response(&answer)),
            Err(error) => self.toasts.show(Toast::failure(&*error.message)),
        }
        let _ = self.wished.try_update(|wished| wished.remove(&id));
    }
}
