//! The pages of one organization, each behind a tab.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::activity::Activity;
use super::notes::Notes;
use crate::components::changing;
use crate::contract::{Capability, ErrorCode, Slug};
use crate::pages::stand_in::StandIn;
use crate::pages::{apart, path};

/// A page of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tab {
    /// Who belongs to it.
    Members,
    /// What it wrote down.
    Notes,
    /// What happened.
    Activity,
    /// What it is called, and more of that.
    Settings,
}

impl Tab {
    /// All of them, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Members, Self::Notes, Self::Activity, Self::Settings];

    /// What the tab says.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Members => "Members",
            Self::Notes => "Notes",
            Self::Activity => "Activity",
            Self::Settings => "Settings",
        }
    }

    /// What one must be able to do for there to be the tab.
    pub const fn needs(self) -> Capability {
        match self {
            Self::Settings => Capability::UpdateOrganization,
            _ => Capability::ReadOrganization,
        }
    }

    /// The last part of its address.
    fn segment(self) -> String {
        self.label().to_ascii_lowercase().replace(' ', "-")
    }

    /// Its address.
    pub fn path(self, slug: &Slug) -> String {
        format!("{}/{}", path::organization(slug), self.segment())
    }

    fn of_segment(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.segment() == segment)
    }
}

/// The page that the address says.
#[component]
pub fn CurrentTab() -> impl IntoView {
    let params = use_params_map();
    let tab = Memo::new(move |_| params.with(|params| Tab::of_segment(&params.get("tab")?)));
    changing(move || match tab.get() {
        Some(Tab::Members) => apart::Members(),
        Some(Tab::Settings) => apart::Settings(),
        Some(tab) => apart::TabPage(tab),
        None => NoSuchTab().into_any(),
    })
}

/// What is behind a tab. But for pages that are parts of the code by themselves, all of it is one.
#[component]
pub fn TabPage(tab: Tab) -> impl IntoView {
    match tab {
        Tab::Members => apart::Members(),
        Tab::Notes => Notes().into_any(),
        Tab::Activity => Activity().into_any(),
        Tab::Settings => apart::Settings(),
    }
}

#[component]
fn NoSuchTab() -> impl IntoView {
    view! {
        <StandIn code=ErrorCode::NotFound title="Page not found">
            "There is nothing at this address. What this organization has is behind the tabs above."
        </StandIn>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_its_tab() {
        let slug = Slug::parse("north-wind").unwrap();
        assert_eq!(Tab::Notes.path(&slug), "/o/north-wind/notes");
        for tab in Tab::ALL {
            let path = tab.path(&slug);
            assert_eq!(path.rsplit('/').next().and_then(Tab::of_segment), Some(tab));
        }
        assert_eq!(Tab::of_segment("plans"), None);
    }
}
