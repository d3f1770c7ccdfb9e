//! The load of the node over the last 15 minutes, as small charts.

use leptos::prelude::*;

use super::format::{rounded, with_one_decimal};
use super::query::SystemQuery;
use client::cache::memo;
use contract::system::LoadSample;

/// The size of a chart's drawing. It is stretched to its place on the page.
const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 32.0;

/// How many samples a chart has room for: 15 minutes.
const MAX_SAMPLES: usize = 60;

/// Reads the value of a chart from a sample; none when nothing was measured.
type Read = fn(&LoadSample) -> Option<f64>;

/// The panel.
#[component]
pub fn Load(state: SystemQuery) -> impl IntoView {
    let samples = memo(move |_| state.map(|state| state.0.load.clone()).unwrap_or_default());
    #[expect(clippy::cast_precision_loss, reason = "a node has thousands of streams")]
    let streams: Read = |sample| Some(sample.streams as f64);
    let charts: [(&str, &str, Read); 4] = [
        ("Streams", "", streams),
        ("Deliveries", "/s", |sample| Some(sample.deliveries_per_second)),
        ("Commit to log, 99th percentile", " ms", |sample| sample.commit_to_log_ms),
        ("Routed to sent, 99th percentile", " ms", |sample| sample.routed_to_socket_ms),
    ];
    view! {
        <section class="panel" aria-labelledby="load">
            <h2 id="load">"Load of this node"</h2>
            <div class="charts">
                {charts
                    .map(|(name, unit, read)| view! { <Chart samples name unit read /> })
                    .collect_view()}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Chart(
    samples: Signal<Vec<LoadSample>>,
    name: &'static str,
    unit: &'static str,
    read: Read,
) -> impl IntoView {
    let values = move || samples.with(|samples| samples.iter().map(read).collect::<Vec<_>>());
    view! {
        <figure class="chart">
            <figcaption>
                <span class="text-subtle">{name}</span>
                " "
                {move || describe(&values(), unit)}
            </figcaption>
            <svg
                viewBox=format!("0 0 {} {}", rounded(WIDTH), rounded(HEIGHT))
                preserveAspectRatio="none"
                aria-hidden="true"
            >
                <path d=move || path(&values()) />
            </svg>
        </figure>
    }
    .into_any()
}

/// Describes the latest value and the largest one.
fn describe(values: &[Option<f64>], unit: &str) -> String {
    let largest = values.iter().flatten().copied().reduce(f64::max);
    match (values.last(), largest) {
        (None, _) => "No data yet".to_owned(),
        (Some(_), None) => "None in 15 minutes".to_owned(),
        (Some(latest), Some(largest)) => {
            let latest = latest.map_or_else(|| "none now".to_owned(), |it| format_value(it) + unit);
            format!("{latest}, highest {}{unit}", format_value(largest))
        }
    }
}

fn format_value(value: f64) -> String {
    if value < 10.0 && value.fract() != 0.0 { with_one_decimal(value) } else { rounded(value) }
}

/// Returns the line through the values, the latest at the right edge, with gaps where there are none.
fn path(values: &[Option<f64>]) -> String {
    let largest = values.iter().flatten().copied().fold(f64::MIN_POSITIVE, f64::max);
    #[expect(clippy::cast_precision_loss, reason = "there are 60 samples")]
    let x_of = |index: usize| {
        let from_right = (values.len() - 1 - index) as f64;
        WIDTH - from_right * WIDTH / (MAX_SAMPLES - 1) as f64
    };
    let mut path = String::new();
    let mut is_drawing = false;
    for (index, value) in values.iter().enumerate() {
        if let Some(value) = value {
            // The line's width must fit as well.
            let y = (HEIGHT - 2.0) * (1.0 - value / largest) + 1.0;
            let command = if is_drawing { 'L' } else { 'M' };
            path.push(command);
            path += &with_one_decimal(x_of(index));
            path.push(' ');
            path += &with_one_decimal(y);
            if !is_drawing {
                // A line of no length, so that a single value is visible as a dot.
                path += "h0";
            }
        }
        is_drawing = value.is_some();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_at_the_right_and_has_gaps() {
        assert_eq!(path(&[]), "");
        assert_eq!(path(&[Some(4.0)]), "M120.0 1.0h0");
        assert_eq!(
            path(&[Some(4.0), Some(0.0), None, Some(2.0)]),
            "M113.9 1.0h0L115.9 31.0M120.0 16.0h0"
        );
        assert_eq!(path(&[Some(0.0)]), "M120.0 31.0h0", "zero is at the bottom");
    }

    #[test]
    fn text_says_the_latest_and_the_largest_value() {
        assert_eq!(describe(&[], " ms"), "No data yet");
        assert_eq!(describe(&[None], " ms"), "None in 15 minutes");
        assert_eq!(describe(&[Some(30.0), Some(1.25)], " ms"), "1.3 ms, highest 30 ms");
        assert_eq!(describe(&[Some(3.0), None], " ms"), "none now, highest 3 ms");
    }
}
