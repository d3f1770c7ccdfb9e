//! The dialogs to remove one member and to leave the organization.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::state::MembersState;
use super::state::departure::Departure;
use crate::components::ConfirmDialog;
use crate::pages::organization::context::OrganizationContext;
use crate::pages::routes;
use client::api;

/// Both dialogs.
#[component]
pub fn DepartureDialogs(state: MembersState) -> impl IntoView {
    view! {
        <RemoveDialog state />
        <LeaveDialog departure=state.departure context=state.context />
    }
    .into_any()
}

#[component]
fn RemoveDialog(state: MembersState) -> impl IntoView {
    let MembersState { members, context, departure, window, .. } = state;
    let Departure { is_removing, member, request, .. } = departure;
    let organization = context.name();
    let person = move || {
        member
            .with(|member| member.as_ref().map(|its| its.user.name.to_string()))
            .unwrap_or_default()
    };
    let confirm = move |()| {
        let id = member.with_untracked(|member| member.as_ref().map(|its| its.id));
        let Some(id) = id else { return };
        request.send(api::memberships::remove(id), move |()| {
            is_removing.set(false);
            members.update_with(|its| its.items.retain(|item| item.id != id));
            window.focus_if_lost();
        });
    };
    view! {
        <ConfirmDialog
            id="remove-member"
            open=is_removing
            question=Signal::derive(move || format!("Remove {}?", person()))
            consequence=Signal::derive(move || {
                format!("{} loses access to {} immediately.", person(), organization.get())
            })
            confirm_label=Signal::derive(move || format!("Remove {}", person()))
            submission=request
            confirm
        />
    }
    .into_any()
}

#[component]
fn LeaveDialog(departure: Departure, context: OrganizationContext) -> impl IntoView {
    let Departure { is_leaving, request, .. } = departure;
    let name = context.name();
    let navigate = use_navigate();
    let confirm = move |()| {
        let Some(organization) = context.organization() else { return };
        let navigate = navigate.clone();
        request.send(api::memberships::leave(organization.id), move |()| {
            is_leaving.set(false);
            navigate(routes::HOME, Default::default());
        });
    };
    view! {
        <ConfirmDialog
            id="leave-organization"
            open=is_leaving
            question=Signal::derive(move || format!("Leave {}?", name.get()))
            consequence="You lose access immediately. To come back, ask an admin to invite you again."
            confirm_label=Signal::derive(move || format!("Leave {}", name.get()))
            submission=request
            confirm
        />
    }
    .into_any()
}
