//! Formats numbers, sizes and durations.

/// Formats a number of at least 0 with one decimal. `{:.1}` would bring the code that formats any number, 5 KB of
/// every page.
pub fn with_one_decimal(number: f64) -> String {
    let tenths = round_to_integer(number * 10.0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Formats a number of at least 0, rounded.
pub fn rounded(number: f64) -> String {
    round_to_integer(number).to_string()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "larger values saturate, and none is negative"
)]
fn round_to_integer(number: f64) -> u64 {
    number.round() as u64
}

/// Formats a size in bytes, such as `1.5 KiB`.
pub fn format_bytes(amount: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if amount < 1024 {
        return format!("{amount} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "it is shown with one decimal")]
    let mut left = amount as f64 / 1024.0;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        if left < 1024.0 {
            break;
        }
        left /= 1024.0;
        unit = larger;
    }
    format!("{} {unit}", with_one_decimal(left))
}

/// Formats a duration in milliseconds, such as `12 ms` or `3 h`.
pub fn format_milliseconds(amount: i64) -> String {
    match amount {
        ..1000 => format!("{amount} ms"),
        1000..120_000 => format!("{} s", amount / 1000),
        120_000..7_200_000 => format!("{} min", amount / 60_000),
        7_200_000..172_800_000 => format!("{} h", amount / 3_600_000),
        _ => format!("{} days", amount / 86_400_000),
    }
}

/// Formats a duration in seconds.
pub fn format_seconds(amount: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "larger values saturate")]
    format_milliseconds((amount * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rounded_and_have_the_largest_unit_that_fits() {
        assert_eq!(with_one_decimal(0.0), "0.0");
        assert_eq!(with_one_decimal(99.96), "100.0");
        assert_eq!(rounded(1.5), "2");
        assert_eq!(format_bytes(0), "0 B");
        assert_eq!(format_bytes(1536), "1.5 KiB");
        assert_eq!(format_bytes(16 * 1024 * 1024), "16.0 MiB");
        assert_eq!(format_bytes(u64::MAX), "16777216.0 TiB");
        assert_eq!(format_milliseconds(12), "12 ms");
        assert_eq!(format_milliseconds(5300), "5 s");
        assert_eq!(format_milliseconds(600_000), "10 min");
        assert_eq!(format_milliseconds(10_800_000), "3 h");
        assert_eq!(format_seconds(1_488_531.4), "17 days");
        assert_eq!(format_seconds(f64::INFINITY), format_seconds(1e300));
    }
}
