//! Deleting something that the organization holds. Asks first.

use leptos::prelude::*;

use crate::components::{Confirmation, Submission, focus_when_drawn};
use client::api;
use client::cache::{LiveQuery, ResourceList};
use contract::Resource;

/// What is asked about, and what became of it.
pub struct Deletion<T: Resource> {
    items: LiveQuery<ResourceList<T>>,
    /// The last one stays while the dialog closes.
    asked: RwSignal<Option<T>>,
    open: RwSignal<bool>,
    submission: Submission,
}

// Not derived: that would ask as much of the thing itself.
impl<T: Resource> Copy for Deletion<T> {}

impl<T: Resource> Clone for Deletion<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Resource> Deletion<T> {
    /// Nothing was asked yet.
    pub fn of(items: LiveQuery<ResourceList<T>>) -> Self {
        Self {
            items,
            asked: RwSignal::new(None),
            open: RwSignal::new(false),
            submission: Submission::new(),
        }
    }

    /// Asks whether to delete it.
    pub fn ask(self, thing: T) {
        self.submission.clear();
        self.asked.set(Some(thing));
        self.open.set(true);
    }

    fn confirm(self) {
        let Self { items, asked, open, submission } = self;
        let Some(asked) = asked.get_untracked() else { return };
        let id = asked.id();
        // What is on the screen now is what is meant.
        let seen = items.map_untracked(|items| items.find(id).map(T::version)).flatten();
        let version = seen.unwrap_or_else(|| asked.version());
        let request = async move {
            let answer = api::resources::delete::<T>(id, version).await;
            if let Err(problem) = &answer
                && let Some(newer) = problem.newer()
            {
                items.merge_response(&newer);
            }
            answer
        };
        submission.send(request, move |()| {
            open.set(false);
            items.remove_item(id);
            // The button is gone with what it deleted.
            focus_when_drawn(T::KIND.collection().to_owned());
        });
    }
}

/// The question. Whoever said yes goes on at the heading of the list, whose id is the collection's
/// name.
#[component]
pub fn DeletionDialog<T: Resource>(deletion: Deletion<T>) -> impl IntoView {
    let question = Signal::derive(move || {
        let asked = deletion.asked.with(|asked| asked.as_ref().map(|it| it.title().to_owned()));
        format!("Delete {}?", asked.unwrap_or_default())
    });
    view! {
        <Confirmation
            id="deletion"
            open=deletion.open
            question
            consequence="This deletes it for everyone. This can't be undone."
            go_on=format!("Delete {}", T::KIND.as_str())
            submission=deletion.submission
            confirm=move |()| deletion.confirm()
        />
    }
    .into_any()
}
