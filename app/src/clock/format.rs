//! Times as English texts.

use time::OffsetDateTime;

use contract::Timestamp;

/// Returns how long before `now` that was; none if it is a week or more.
pub(super) fn relative(at: Timestamp, now: Timestamp) -> Option<String> {
    let minutes = (now.inner() - at.inner()).whole_minutes();
    Some(match minutes {
        // Clocks differ, so a time may seem to be in the future.
        ..1 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        1440..2880 => "1 day ago".to_owned(),
        2880..10080 => format!("{} days ago", minutes / 1440),
        _ => return None,
    })
}

pub(super) fn day(at: OffsetDateTime) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS[usize::from(u8::from(at.month())) - 1];
    format!("{} {month} {}", at.day(), at.year())
}

pub(super) fn time(at: OffsetDateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

#[cfg(test)]
mod tests {
    use ::time::Duration;
    use ::time::macros::datetime;

    use super::*;

    #[test]
    fn recent_times_are_relative_in_the_largest_unit_that_fits() {
        let at = Timestamp::new(datetime!(2026-11-24 08:00 UTC));
        for (later, text) in [
            (Duration::seconds(-90), "just now"),
            (Duration::seconds(59), "just now"),
            (Duration::seconds(60), "1 min ago"),
            (Duration::minutes(59), "59 min ago"),
            (Duration::minutes(119), "1 h ago"),
            (Duration::hours(23), "23 h ago"),
            (Duration::hours(47), "1 day ago"),
            (Duration::hours(48), "2 days ago"),
            (Duration::days(6), "6 days ago"),
        ] {
            assert_eq!(relative(at, at.plus(later)).as_deref(), Some(text));
        }
    }

    #[test]
    fn times_of_a_week_ago_or_more_are_shown_as_the_day() {
        let at = Timestamp::new(datetime!(2026-11-24 08:00 UTC));
        assert_eq!(relative(at, at.plus(Duration::days(7))), None);
        assert_eq!(day(at.inner()), "24 Nov 2026");
        assert_eq!(time(at.inner()), "08:00");
    }
}
