//! An organization's settings, and what only opens on a click: forms in dialogs, editing the menu.

use leptos::prelude::*;

use super::chunk::chunks;

chunks! {
    settings_and_forms:
        Settings(),
        EditableList(
            session: crate::pages::session::Session,
            section: crate::pages::session::menu_controller::Section,
            items: Signal<Vec<contract::view::MembershipView>>
        ),
        NewOrganizationForm(open: RwSignal<bool>),
        InviteForm(
            open: RwSignal<bool>,
            context: crate::pages::organization::context::OrganizationContext
        ),
        BulkRemovalForm(state: crate::pages::organization::members::state::MembersState);
}

mod components {
    pub use crate::pages::new_organization::form::NewOrganizationForm;
    pub use crate::pages::organization::invite::form::InviteForm;
    pub use crate::pages::organization::members::bulk_removal_form::BulkRemovalForm;
    pub use crate::pages::organization::settings::Settings;
    pub use crate::pages::signed_in_layout::menu::editable_list::EditableList;
}
