//! Numbers as people read them.

/// An amount of bytes.
pub fn bytes(amount: u64) -> String {
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
    format!("{left:.1} {unit}")
}

/// A span of time in milliseconds.
pub fn milliseconds(amount: i64) -> String {
    match amount {
        ..1000 => format!("{amount} ms"),
        1000..120_000 => format!("{} s", amount / 1000),
        120_000..7_200_000 => format!("{} min", amount / 60_000),
        7_200_000..172_800_000 => format!("{} h", amount / 3_600_000),
        _ => format!("{} days", amount / 86_400_000),
    }
}

/// A span of time in seconds, as estimates have it.
pub fn seconds(amount: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "what is longer is cut to for ever")]
    milliseconds((amount * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_unit_that_fits() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(16 * 1024 * 1024), "16.0 MiB");
        assert_eq!(bytes(u64::MAX), "16777216.0 TiB");
        assert_eq!(milliseconds(12), "12 ms");
        assert_eq!(milliseconds(5300), "5 s");
        assert_eq!(milliseconds(600_000), "10 min");
        assert_eq!(milliseconds(10_800_000), "3 h");
        assert_eq!(seconds(1_488_531.4), "17 days");
        assert_eq!(seconds(f64::INFINITY), seconds(1e300));
    }
}
