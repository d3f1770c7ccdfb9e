//! Removing a member, and leaving. Both ask first.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::desk::Desk;
use crate::components::{Confirmation, Submission};
use crate::pages::organization::visit::Visit;
use crate::pages::path;
use client::api;
use contract::view::MembershipView;

/// Whose departure is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Departing {
    removing: RwSignal<bool>,
    leaving: RwSignal<bool>,
    /// Whom to remove; the last one stays while the dialog closes.
    whom: RwSignal<Option<MembershipView>>,
    request: Submission,
}

impl Departing {
    /// Nobody's.
    #[must_use]
    pub fn new() -> Self {
        Self {
            removing: RwSignal::new(false),
            leaving: RwSignal::new(false),
            whom: RwSignal::new(None),
            request: Submission::new(),
        }
    }

    /// Asks whether to remove that member.
    pub fn ask_to_remove(self, membership: MembershipView) {
        self.request.clear();
        self.whom.set(Some(membership));
        self.removing.set(true);
    }

    /// Asks whether to leave.
    pub fn ask_to_leave(self) {
        self.request.clear();
        self.leaving.set(true);
    }
}

/// The two questions.
#[component]
pub fn DepartureDialogs(desk: Desk) -> impl IntoView {
    view! {
        <RemoveDialog desk />
        <LeaveDialog departing=desk.departing visit=desk.visit />
    }
    .into_any()
}

#[component]
fn RemoveDialog(desk: Desk) -> impl IntoView {
    let Desk { members, visit, departing, window, .. } = desk;
    let Departing { removing, whom, request, .. } = departing;
    let organization = visit.name();
    let person = move || {
        whom.with(|whom| whom.as_ref().map(|its| its.user.name.to_string())).unwrap_or_default()
    };
    let confirm = move |()| {
        let Some(id) = whom.with_untracked(|whom| whom.as_ref().map(|its| its.id)) else { return };
        request.send(api::memberships::remove(id), move |()| {
            removing.set(false);
            members.update_with(|its| its.items.retain(|item| item.id != id));
            window.catch_focus();
        });
    };
    view! {
        <Confirmation
            id="remove-member"
            open=removing
            question=Signal::derive(move || format!("Remove {}?", person()))
            consequence=Signal::derive(move || {
                format!("{} loses access to {} immediately.", person(), organization.get())
            })
            go_on=Signal::derive(move || format!("Remove {}", person()))
            submission=request
            confirm
        />
    }
    .into_any()
}

#[component]
fn LeaveDialog(departing: Departing, visit: Visit) -> impl IntoView {
    let Departing { leaving, request, .. } = departing;
    let name = visit.name();
    let navigate = use_navigate();
    let confirm = move |()| {
        let Some(organization) = visit.organization() else { return };
        let navigate = navigate.clone();
        request.send(api::memberships::leave(organization.id), move |()| {
            leaving.set(false);
            navigate(path::HOME, Default::default());
        });
    };
    view! {
        <Confirmation
            id="leave-organization"
            open=leaving
            question=Signal::derive(move || format!("Leave {}?", name.get()))
            consequence="You lose access immediately. To come back, ask an admin to invite you again."
            go_on=Signal::derive(move || format!("Leave {}", name.get()))
            submission=request
            confirm
        />
    }
    .into_any()
}
