//! Marking what somebody else just changed, for a moment.

use std::collections::HashMap;
use std::time::Duration;

use leptos::prelude::*;
use uuid::Uuid;

/// How long a mark stays; as long as the animation in `style/components/news.css`.
const MARKED_FOR: Duration = Duration::from_secs(3);

/// What is marked now, and the latest news in a sentence for those who don't see marks.
#[derive(Clone, Copy, Debug)]
pub struct Highlights {
    /// By what is marked, the number of the mark that ends last.
    marked: RwSignal<HashMap<Uuid, u64>>,
    given: StoredValue<u64>,
    told: RwSignal<String>,
}

impl Default for Highlights {
    fn default() -> Self {
        Self::new()
    }
}

impl Highlights {
    /// Nothing is news yet.
    #[must_use]
    pub fn new() -> Self {
        Self { marked: RwSignal::default(), given: StoredValue::new(0), told: RwSignal::default() }
    }

    /// Highlights that thing for a while.
    pub fn mark(self, thing: Uuid) {
        let number = self.given.get_value() + 1;
        self.given.set_value(number);
        self.marked.update(|marked| {
            marked.insert(thing, number);
        });
        let end = move || {
            let _ = self.marked.try_maybe_update(|marked| {
                // A newer mark goes on.
                let ends = marked.get(&thing) == Some(&number);
                (ends && marked.remove(&thing).is_some(), ())
            });
        };
        set_timeout(end, MARKED_FOR);
    }

    /// Says what happened.
    pub fn tell(self, sentence: String) {
        self.told.set(sentence);
    }

    /// Whether that thing is marked now. Tracked.
    #[must_use]
    pub fn is_marked(self, thing: impl Into<Uuid>) -> bool {
        let thing = thing.into();
        self.marked.with(|marked| marked.contains_key(&thing))
    }
}

/// Reads the latest news out, when nothing else is being read.
#[component]
pub fn LiveRegion(
    /// Of what.
    #[prop(into)]
    label: String,
    /// The news.
    marks: Highlights,
) -> impl IntoView {
    view! {
        <p class="unseen" role="status" aria-label=label>
            {marks.told}
        </p>
    }
    .into_any()
}
