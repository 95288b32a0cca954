//! Laws of texts whatever their shape.

use std::hash::BuildHasher;

use super::{Text, TextBuilder};
use crate::limits::Meter;

#[test]
fn equal_texts_are_equal_and_hash_the_same_in_every_shape() {
    let meter = Meter::unlimited();
    let hasher = foldhash::fast::RandomState::default();
    let letters = "abcdefghijklmnopqrstuvwxyz0123456789ABCD";
    for len in 0..=letters.len() {
        let shown = &letters[..len];
        let mut built = TextBuilder::new(&meter);
        built.push_str(shown).expect("room");
        let shapes = [
            Text::borrow(shown, &meter).expect("room"),
            Text::new(shown, &meter).expect("room"),
            built.finish(),
        ];
        for text in &shapes {
            assert_eq!(text.to_string_lossy(), shown);
            for other in &shapes {
                assert_eq!(text, other);
                assert_eq!(hasher.hash_one(text), hasher.hash_one(other), "{shown}");
            }
            for at in 0..len {
                let mut changed = shown.as_bytes().to_vec();
                changed[at] = b'!';
                assert_ne!(*text, Text::from_ascii(&changed, &meter).expect("room"));
            }
        }
    }
}

#[test]
fn a_long_is_written_as_rust_writes_it() {
    let powers = (0..19).map(|power| 10_i64.pow(power));
    let around = powers.flat_map(|n| [n - 1, n, n + 1, -n, -n - 1]);
    for value in around.chain([0, i64::MAX, i64::MIN, 4_294_967_295, 4_294_967_296]) {
        assert_eq!(Text::from_long(value).to_string_lossy(), value.to_string());
    }
}
