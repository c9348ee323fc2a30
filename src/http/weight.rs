//! How much a client would rather have one thing than another (RFC 9110, section 12.4.2).

/// The weight of what comes without one, in thousandths.
pub(super) const MOST: u16 = 1000;

/// The value of `q` in thousandths. What is none weighs nothing, and what weighs nothing is not wanted.
pub(super) fn weigh(q: &str) -> u16 {
    let weight: Option<f32> = q.trim().parse().ok().filter(|weight| (0.0..=1.0).contains(weight));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000")]
    let weight = (weight.unwrap_or(0.0) * f32::from(MOST)).round() as u16;
    weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_told_apart_by_thousandths_and_what_is_no_weight_is_nothing() {
        for (q, weight) in [
            ("1", 1000),
            ("1.000", 1000),
            (" 0.5 ", 500),
            ("0.001", 1),
            ("0", 0),
            ("0.0004", 0),
            ("1.1", 0),
            ("-1", 0),
            ("nan", 0),
            ("inf", 0),
            ("", 0),
            ("much", 0),
        ] {
            assert_eq!(weigh(q), weight, "{q}");
        }
    }
}
