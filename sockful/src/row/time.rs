//! Points in time: microseconds in the store, RFC 3339 in UTC on the wire.
//!
//! They are of the years 0000 to 9999, which is what RFC 3339 can write and every store can keep.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

/// What is said of text that is no time.
pub(crate) const EXPECTED: &str = "expected a time in RFC 3339, such as 2026-11-21T12:00:00Z";

/// Microseconds since 1970, from RFC 3339 text. Finer digits are cut off.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let micros = text.parse::<Timestamp>().ok()?.as_microsecond();
    is_writable(micros).then_some(micros)
}

/// Whether RFC 3339 can write this point in time, in UTC.
pub(crate) fn is_writable(micros: i64) -> bool {
    FOUR_DIGITS.contains(&micros.div_euclid(DAY))
}

const DAY: i64 = 86_400_000_000;
/// 0000-01-01 and 10000-01-01, in days since 1970: years of four digits lie between.
const FOUR_DIGITS: std::ops::Range<i64> = -719_528..2_932_897;

/// Calls `f` with the text, such as `2026-11-21T12:00:00.000000Z`.
///
/// The text has always six decimals, so that texts sort as their times do.
pub(crate) fn with_text<T>(micros: i64, f: impl FnOnce(&str) -> T) -> T {
    let days = micros.div_euclid(DAY);
    if FOUR_DIGITS.contains(&days) {
        let text = digits(days, micros.rem_euclid(DAY));
        if let Ok(text) = str::from_utf8(&text) {
            return f(text);
        }
    }
    let mut text = String::new();
    match Timestamp::from_microsecond(micros) {
        Ok(time) => {
            // Writing into a `String` cannot fail.
            let _ = DateTimePrinter::new()
                .precision(Some(6))
                .print_timestamp(&time, &mut text);
        }
        Err(_) => text = micros.to_string(),
    }
    f(&text)
}

fn digits(days: i64, micros: i64) -> [u8; 27] {
    // The civil calendar, counted from 0000-03-01 so that the leap day is the last of its year.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);

    let seconds = micros / 1_000_000;
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let mut put = |from: usize, to: usize, mut value: i64| {
        for digit in text[from..to].iter_mut().rev() {
            // The remainder is one digit, whatever the sign it came from.
            *digit = b'0' + u8::try_from(value % 10).unwrap_or(0);
            value /= 10;
        }
    };
    put(0, 4, year);
    put(5, 7, month);
    put(8, 10, day);
    put(11, 13, seconds / 3_600);
    put(14, 16, seconds / 60 % 60);
    put(17, 19, seconds % 60);
    put(20, 26, micros % 1_000_000);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expect: &str) {
        let micros = parse(input).unwrap();
        with_text(micros, |text| {
            assert_eq!(text, expect);
            assert_eq!(parse(text), Some(micros));
        });
    }

    #[test]
    fn utc_with_six_decimals() {
        check("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z");
        check("2026-11-21T14:00:00.5+02:00", "2026-11-21T12:00:00.500000Z");
        check(
            "2024-02-29T23:59:59.123456789Z",
            "2024-02-29T23:59:59.123456Z",
        );
        check("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z");
        check("9999-12-30T21:00:00.999999Z", "9999-12-30T21:00:00.999999Z");
    }

    #[test]
    fn agrees_with_jiff_on_every_day() {
        let printer = DateTimePrinter::new().precision(Some(6));
        for day in (-719_528..2_932_896).step_by(37) {
            let micros = day * DAY + 12_345_678_901;
            let Ok(time) = Timestamp::from_microsecond(micros) else {
                continue;
            };
            with_text(micros, |text| {
                assert_eq!(text, printer.timestamp_to_string(&time));
            });
        }
    }

    #[test]
    fn refuses_what_is_no_point_in_time() {
        for text in [
            "",
            "noon",
            "2026-11-21",
            "2026-11-21T12:00:00",
            "2026-13-01T00:00:00Z",
            "-000123-12-31T23:59:59Z",
            "0000-01-01T00:00:00+01:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
