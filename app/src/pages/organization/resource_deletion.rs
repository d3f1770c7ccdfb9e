//! The dialog to delete a resource of the organization, such as a note.

use leptos::prelude::*;

use crate::components::{ConfirmDialog, Submission, focus_when_rendered};
use client::api;
use client::cache::{LiveQuery, ResourceList};
use contract::Resource;

/// The state of the dialog.
pub struct ResourceDeletion<T: Resource> {
    items: LiveQuery<ResourceList<T>>,
    /// The resource to delete. Kept when the dialog closes, so that its text stays while it fades.
    resource: RwSignal<Option<T>>,
    open: RwSignal<bool>,
    submission: Submission,
}

// Not derived, as that would require `T: Copy`.
impl<T: Resource> Copy for ResourceDeletion<T> {}

impl<T: Resource> Clone for ResourceDeletion<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Resource> ResourceDeletion<T> {
    /// Creates a closed dialog for resources of that list.
    pub fn new(items: LiveQuery<ResourceList<T>>) -> Self {
        Self {
            items,
            resource: RwSignal::new(None),
            open: RwSignal::new(false),
            submission: Submission::new(),
        }
    }

    /// Opens the dialog for that resource.
    pub fn confirm(self, resource: T) {
        self.submission.clear();
        self.resource.set(Some(resource));
        self.open.set(true);
    }

    fn delete(self) {
        let Self { items, resource, open, submission } = self;
        let Some(resource) = resource.get_untracked() else { return };
        let id = resource.id();
        // Deletes the version that is on the screen.
        let shown = items.map_untracked(|items| items.find(id).map(T::version)).flatten();
        let version = shown.unwrap_or_else(|| resource.version());
        let request = async move {
            let answer = api::resources::delete::<T>(id, version).await;
            if let Err(problem) = &answer
                && let Some(newer) = problem.current_version()
            {
                items.merge_response(&newer);
            }
            answer
        };
        submission.send(request, move |()| {
            open.set(false);
            items.remove_item(id);
            // The button with the focus was removed with the resource.
            focus_when_rendered(T::KIND.collection().to_owned());
        });
    }
}

/// The dialog. After the deletion, the heading of the list gets the focus; its id is the name of the
/// collection.
#[component]
pub fn DeletionDialog<T: Resource>(deletion: ResourceDeletion<T>) -> impl IntoView {
    let question = Signal::derive(move || {
        let title = deletion.resource.with(|it| it.as_ref().map(|it| it.title().to_owned()));
        format!("Delete {}?", title.unwrap_or_default())
    });
    view! {
        <ConfirmDialog
            id="deletion"
            open=deletion.open
            question
            consequence="This deletes it for everyone. This can't be undone."
            confirm_label=format!("Delete {}", T::KIND.as_str())
            submission=deletion.submission
            confirm=move |()| deletion.delete()
        />
    }
    .into_any()
}
