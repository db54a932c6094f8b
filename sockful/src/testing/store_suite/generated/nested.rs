//! Random nested values.

use serde_json::{Map, Value as Json};

use super::pools::KEYS;
use super::value::{any_float, any_text};

/// JSON text that is neither null nor holds an integer that clients cannot hold. Smaller numbers make smaller
/// values.
pub(super) fn any_nested(bits: u64) -> String {
    let value = nested(&mut Bits(bits), 3);
    if value.is_null() {
        "{}".into()
    } else {
        value.to_string()
    }
}

/// A number that is used up bit by bit, then runs on by itself.
struct Bits(u64);

impl Bits {
    fn below(&mut self, limit: u64) -> u64 {
        let drawn = self.0 % limit;
        // splitmix64, but zero stays zero: what is shrunk away ends.
        self.0 = match self.0 / limit {
            0 => 0,
            rest => {
                let mixed = (rest ^ rest >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                mixed ^ mixed >> 27
            }
        };
        drawn
    }
}

fn nested(bits: &mut Bits, depth: u32) -> Json {
    match bits.below(if depth == 0 { 6 } else { 10 }) {
        0 => Json::Null,
        1 => Json::Bool(bits.below(2) == 1),
        2 => Json::from(bits.below(1 << 54).cast_signed() - (1 << 53) + 1),
        3 => Json::from(bits.below(3)),
        4 => Json::from(any_float(bits.below(u64::MAX))),
        5 => Json::from(any_text(bits.below(u64::MAX))),
        6 | 7 => {
            let length = bits.below(4);
            (0..length).map(|_| nested(bits, depth - 1)).collect()
        }
        _ => {
            let length = bits.below(4);
            let members = (0..length).map(|_| {
                let key = KEYS[bits.below(KEYS.len() as u64) as usize];
                (key.to_owned(), nested(bits, depth - 1))
            });
            Json::Object(members.collect::<Map<_, _>>())
        }
    }
}
