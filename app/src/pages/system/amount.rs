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
        _ => format!("{} min", amount / 60_000),
    }
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
    }
}
