//! Highlights what someone else just changed, for a moment.

use std::collections::HashMap;
use std::time::Duration;

use leptos::prelude::*;
use uuid::Uuid;

/// How long a highlight stays. As long as the animation in `style/components/highlight.css`.
const HIGHLIGHT_DURATION: Duration = Duration::from_secs(3);

/// The highlighted items, and the latest change in a sentence for screen readers.
#[derive(Clone, Copy, Debug)]
pub struct Highlights {
    /// For each highlighted item, the number of its latest highlight.
    items: RwSignal<HashMap<Uuid, u64>>,
    /// The number of the last highlight.
    count: StoredValue<u64>,
    announcement: RwSignal<String>,
}

impl Default for Highlights {
    fn default() -> Self {
        Self::new()
    }
}

impl Highlights {
    /// Creates a state without highlights.
    #[must_use]
    pub fn new() -> Self {
        Self {
            items: RwSignal::default(),
            count: StoredValue::new(0),
            announcement: RwSignal::default(),
        }
    }

    /// Highlights that item for a while.
    pub fn add(self, item: Uuid) {
        let number = self.count.get_value() + 1;
        self.count.set_value(number);
        self.items.update(|items| {
            items.insert(item, number);
        });
        let end = move || {
            let _ = self.items.try_maybe_update(|items| {
                // A newer highlight continues.
                let ends = items.get(&item) == Some(&number);
                (ends && items.remove(&item).is_some(), ())
            });
        };
        set_timeout(end, HIGHLIGHT_DURATION);
    }

    /// Announces a change to screen readers.
    pub fn announce(self, sentence: String) {
        self.announcement.set(sentence);
    }

    /// Whether that item is highlighted now. Tracked.
    #[must_use]
    pub fn is_highlighted(self, item: impl Into<Uuid>) -> bool {
        let item = item.into();
        self.items.with(|items| items.contains_key(&item))
    }
}

/// The latest change, for screen readers only (`role="status"`).
#[component]
pub fn LiveRegion(
    /// The accessible name.
    #[prop(into)]
    label: String,
    highlights: Highlights,
) -> impl IntoView {
    view! {
        <p class="visually-hidden" role="status" aria-label=label>
            {highlights.announcement}
        </p>
    }
    .into_any()
}
