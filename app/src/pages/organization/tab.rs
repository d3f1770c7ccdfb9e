//! The pages of one organization, each behind a tab.

use crate::pages::error_page::ErrorPage;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::activity::Activity;
use super::notes::Notes;
use crate::components::changing;
use crate::pages::{apart, path};
use contract::{Capability, ErrorCode, Slug};

// In the order of the tabs: what each says, and the page behind it.
tabs! {
    /// Who belongs to it.
    Members("Members"): apart::Members;
    /// What it wrote down.
    Notes("Notes"): Notes;
    /// What happened.
    Activity("Activity"): Activity;
    /// What it is called, and more of that.
    Settings("Settings"): apart::Settings;
}

/// From the list above to the tabs and their pages.
macro_rules! tabs {
    ($(
        $(#[$doc:meta])*
        $Tab:ident($label:literal): $page:path;
    )+) => {
        /// A page of an organization.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Tab {
            $($(#[$doc])* $Tab,)+
        }

        impl Tab {
            /// All of them, in the order of the tabs.
            pub const ALL: &[Self] = &[$(Self::$Tab),+];

            /// What the tab says.
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$Tab => $label,)+
                }
            }
        }

        /// What is behind a tab. But for pages that are parts of the code by themselves, all of it
        /// is one.
        #[component]
        pub fn TabPage(tab: Tab) -> impl IntoView {
            match tab {
                $(Tab::$Tab => $page().into_any(),)+
            }
        }
    };
}
use tabs;

impl Tab {
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
        Self::ALL.iter().copied().find(|tab| tab.segment() == segment)
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

#[component]
fn NoSuchTab() -> impl IntoView {
    view! {
        <ErrorPage code=ErrorCode::NotFound title="Page not found">
            "This page doesn't exist. Choose one of the tabs above."
        </ErrorPage>
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
        for &tab in Tab::ALL {
            let path = tab.path(&slug);
            assert_eq!(path.rsplit('/').next().and_then(Tab::of_segment), Some(tab));
        }
        assert_eq!(Tab::of_segment("plans"), None);
    }
}
