//! Removing several members. It asks first, naming them, and tells whom it couldn't remove.

use std::collections::HashSet;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::desk::Desk;
use crate::components::{Button, Dialog, Look, Toast, Toasts};
use crate::pages::apart;
use client::api;
use contract::view::MembershipView;
use contract::{ApiError, ErrorCode, MembershipId};

/// So many are named; the others are counted.
const MOST_NAMED: usize = 10;

/// Whom to remove, and how far that is.
#[derive(Clone, Copy)]
pub struct Removal {
    open: RwSignal<bool>,
    whom: RwSignal<Vec<MembershipView>>,
    stage: RwSignal<Stage>,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Asking,
    /// So many were tried.
    Removing(usize),
    /// Who stays, and why.
    Ended(Vec<(String, String)>),
}

impl Removal {
    /// Nobody.
    pub fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            whom: RwSignal::default(),
            stage: RwSignal::new(Stage::Asking),
        }
    }

    /// Asks whether to remove those, unless others are being removed.
    pub fn ask(self, whom: Vec<MembershipView>) {
        if !matches!(self.stage.get_untracked(), Stage::Removing(_)) {
            self.whom.set(whom);
            self.stage.set(Stage::Asking);
        }
        self.open.set(true);
    }

    /// Removes one after the other: an organization is locked for each.
    async fn remove(self, desk: Desk, me: Option<MembershipId>) -> usize {
        let whom = self.whom.get_untracked().into_iter();
        // Whoever removes themselves may remove nobody after that.
        let (mine, others): (Vec<_>, _) = whom.partition(|its| Some(its.id) == me);
        let (mut gone, mut staying, mut end) = (HashSet::new(), Vec::new(), None);
        for (tried, membership) in others.into_iter().chain(mine).enumerate() {
            let _ = self.stage.try_set(Stage::Removing(tried));
            let answer = match end.clone() {
                Some(error) => Err(error),
                None => api::memberships::remove(membership.id).await,
            };
            match answer {
                Ok(()) => drop(gone.insert(membership.id)),
                // Somebody else was faster.
                Err(error) if error.code == ErrorCode::NotFound => drop(gone.insert(membership.id)),
                Err(error) => {
                    staying.push((membership.user.name.to_string(), error.message.clone()));
                    end = Some(error).filter(is_about_all);
                }
            }
        }
        let is_here = |item: &MembershipView| !gone.contains(&item.id);
        desk.members.update_with(|its| its.items.retain(is_here));
        if staying.is_empty() {
            let _ = self.open.try_set(false);
            desk.window.catch_focus();
        }
        let _ = self.stage.try_set(Stage::Ended(staying));
        gone.len()
    }
}

/// Whether the others would be answered the same.
const fn is_about_all(error: &ApiError) -> bool {
    matches!(error.code, ErrorCode::Unreachable | ErrorCode::NotSignedIn | ErrorCode::Forbidden)
}

/// The question, and what became of it.
#[component]
pub fn RemovalDialog(desk: Desk) -> impl IntoView {
    let removal = desk.removal;
    let title = move || match removal.stage.get() {
        Stage::Ended(staying) => format!("Couldn't remove {}", people(staying.len())),
        _ => format!("Remove {}?", people(removal.whom.with(Vec::len))),
    };
    view! {
        <Dialog id="remove-members" open=removal.open title=Signal::derive(title)>
            {apart::RemovalQuestion(desk)}
        </Dialog>
    }
    .into_any()
}

/// The question whether to remove them, and then who couldn't be.
#[component]
pub fn RemovalQuestion(desk: Desk) -> impl IntoView {
    let removal = desk.removal;
    move || match removal.stage.get() {
        Stage::Ended(staying) => view! { <Staying staying removal /> }.into_any(),
        _ => view! { <Asking desk /> }.into_any(),
    }
}

#[component]
fn Asking(desk: Desk) -> impl IntoView {
    let Desk { removal, visit, .. } = desk;
    let toasts = Toasts::of_page();
    let organization = visit.name();
    let whom = removal.whom.get_untracked();
    let count = whom.len();
    let me = visit.map_untracked(|detail| detail.membership.id);
    let includes_me = whom.iter().any(|its| Some(its.id) == me);
    let names = whom.into_iter().map(|its| its.user.name.to_string()).collect();
    let is_removing = Signal::derive(move || matches!(removal.stage.get(), Stage::Removing(_)));
    let confirm = move |()| {
        spawn_local(async move {
            let gone = removal.remove(desk, me).await;
            if gone > 0 {
                let text = format!("{} removed.", people(gone));
                toasts.show(Toast { text, link: None, failed: false });
            }
        });
    };
    let go_on = move || match removal.stage.get() {
        Stage::Removing(tried) => format!("Removing {} of {count}", tried + 1),
        _ => format!("Remove {}", people(count)),
    };
    view! {
        <p class="soft">
            {move || format!("They lose access to {} immediately.", organization.get())}
            {includes_me.then_some(" This includes you.")}
        </p>
        <Named names />
        <div class="buttons buttons--end">
            <Button look=Look::Danger disabled=is_removing press=confirm>
                {go_on}
            </Button>
            <Button press=move |()| removal.open.set(false)>"Cancel"</Button>
        </div>
    }
    .into_any()
}

#[component]
fn Staying(staying: Vec<(String, String)>, removal: Removal) -> impl IntoView {
    let told = staying.into_iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
    view! {
        <Named names=told />
        <div class="buttons buttons--end">
            <Button press=move |()| removal.open.set(false)>"Close"</Button>
        </div>
    }
    .into_any()
}

/// The first ones by name.
#[component]
fn Named(names: Vec<String>) -> impl IntoView {
    let more = names.len().saturating_sub(MOST_NAMED);
    let items = names.into_iter().take(MOST_NAMED).map(|name| view! { <li>{name}</li> });
    view! {
        <ul class="members__named" aria-label="Who">
            {items.collect_view()}
            {(more > 0).then(|| view! { <li class="soft">{format!("and {more} more")}</li> })}
        </ul>
    }
    .into_any()
}

fn people(count: usize) -> String {
    match count {
        1 => "1 member".to_owned(),
        count => format!("{count} members"),
    }
}
