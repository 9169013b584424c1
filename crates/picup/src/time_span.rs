use std::time::Duration;

/// Reads `90s`, `10m`, `2h`, `7d`.
pub fn time_span(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time such as 90s, 10m, 2h or 7d".to_owned();
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(expected)?;
    let number: u64 = number.parse().map_err(|_| expected())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(expected()),
    };
    let seconds = number.checked_mul(seconds).ok_or_else(expected)?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_span_has_a_number_and_a_unit() {
        assert_eq!(time_span("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(time_span("7d"), Ok(Duration::from_hours(7 * 24)));
        for wrong in [
            "",
            "s",
            "10",
            "10 m",
            "-1s",
            "1y",
            "7ü",
            "18446744073709551615d",
        ] {
            assert!(time_span(wrong).is_err(), "{wrong}");
        }
    }
}
