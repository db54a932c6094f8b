//! Fields with their types: what `filter!` and `sort!` expand to. What may be asked of a type is in `typed/kinds.rs`.

mod kinds;
mod of;

use std::fmt;
use std::marker::PhantomData;

use super::{Filter, Path, SortKey, Test};
use crate::resource::Resource;
use crate::row::Value;

pub use self::kinds::{Condition, Contains, Operand, Optional, Ordered, Textual};
pub use self::of::{FilterOf, SortKeyOf};

/// A field of `R` with its type `T`. As Rust's own comparisons do, those of a field borrow what they compare with.
#[derive(Clone, Copy)]
pub struct TypedField<R, T> {
    field: usize,
    /// Whether a null it is compared with equals nothing, as policies have it.
    strict: bool,
    of: PhantomData<fn(&R) -> &T>,
}

impl<R, T> TypedField<R, T> {
    /// The field at this place, which the function leads to: it is only asked for its type.
    #[must_use]
    pub fn new(field: usize, _: fn(&R) -> &T) -> Self {
        Self {
            field,
            strict: false,
            of: PhantomData,
        }
    }

    /// The field of this name in Rust within a policy, where a value that is null equals nothing and contains nothing.
    ///
    /// # Panics
    /// If the store could not be asked about it: the derive has made sure that it can.
    #[must_use]
    pub fn of_policy(name: &str, of: fn(&R) -> &T) -> Self
    where
        R: Resource,
    {
        Self {
            strict: true,
            ..Self::new(place::<R>(name), of)
        }
    }

    /// `c.hunger == 5`
    pub fn equal<O: Operand<T> + ?Sized>(self, value: &O) -> FilterOf<R> {
        self.test(Test::Equal(value.to_operand()))
    }

    /// `c.hunger != 5`
    pub fn different<O: Operand<T> + ?Sized>(self, value: &O) -> FilterOf<R> {
        !self.equal(value)
    }

    /// `c.hunger < 5`
    pub fn less<O: Operand<T> + ?Sized>(self, value: &O) -> FilterOf<R>
    where
        T: Ordered,
    {
        self.test(Test::Less(value.to_operand()))
    }

    /// `c.hunger <= 5`
    pub fn at_most<O: Operand<T> + ?Sized>(self, value: &O) -> FilterOf<R>
    where
        T: Ordered,
    {
        self.test(Test::AtMost(value.to_operand()))
    }

    /// `c.hunger > 5`
    pub fn more<O: Operand<T> + ?Sized>(self, value: &O) -> FilterOf<R>
    where
        T: Ordered,
    {
        self.test(Test::More(value.to_operand()))
    }

    /// `c.hunger >= 5`
    pub fn at_least<O: Operand<T> + ?Sized>(self, value: &O) -> FilterOf<R>
    where
        T: Ordered,
    {
        self.test(Test::AtLeast(value.to_operand()))
    }

    /// `c.tame`
    pub fn holds(self) -> FilterOf<R>
    where
        T: Condition,
    {
        self.test(Test::Equal(Value::Bool(true)))
    }

    /// `c.kind.is_none()`
    pub fn is_none(self) -> FilterOf<R>
    where
        T: Optional,
    {
        let null = Test::Equal(Value::Null);
        FilterOf::new(Filter::Test(Path::field(self.field), null))
    }

    /// `c.kind.is_some()`
    pub fn is_some(self) -> FilterOf<R>
    where
        T: Optional,
    {
        !self.is_none()
    }

    /// `c.tags.contains("red")`
    pub fn contains<O: ?Sized>(self, part: &O) -> FilterOf<R>
    where
        T: Contains<O>,
    {
        self.test(Test::Contains(T::to_part(part)))
    }

    /// `c.name.starts_with("A")`
    pub fn starts_with<S: AsRef<str> + ?Sized>(self, beginning: &S) -> FilterOf<R>
    where
        T: Textual,
    {
        self.test(Test::StartsWith(beginning.as_ref().into()))
    }

    /// `names.contains(&c.name)`
    pub fn within<O: Operand<T>>(self, values: impl IntoIterator<Item = O>) -> FilterOf<R> {
        let values = values.into_iter().map(|value| value.to_operand());
        self.test(Test::In(values.collect()))
    }

    /// Smaller values first.
    #[must_use]
    pub fn ascending(self) -> SortKeyOf<R>
    where
        T: Ordered,
    {
        SortKeyOf::new(SortKey {
            field: self.field,
            descending: false,
        })
    }

    /// Greater values first.
    #[must_use]
    pub fn descending(self) -> SortKeyOf<R>
    where
        T: Ordered,
    {
        SortKeyOf::new(SortKey {
            field: self.field,
            descending: true,
        })
    }

    fn test(self, test: Test) -> FilterOf<R> {
        let test = if self.strict {
            without_null(test)
        } else {
            Some(test)
        };
        let test = test.map(|test| Filter::Test(Path::field(self.field), test));
        FilterOf::new(test.unwrap_or_else(Filter::none))
    }
}

/// A test without the nulls that it compares with; `None` if it then is passed by nothing.
fn without_null(mut test: Test) -> Option<Test> {
    match &mut test {
        Test::Equal(value)
        | Test::Less(value)
        | Test::AtMost(value)
        | Test::More(value)
        | Test::AtLeast(value)
        | Test::Contains(value) => return (!value.is_null()).then_some(test),
        Test::In(values) => values.retain(|value| !value.is_null()),
        Test::StartsWith(_) => {}
    }
    Some(test)
}

impl<R, T> fmt::Debug for TypedField<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedField").field(&self.field).finish()
    }
}

/// The place of a field by its name in Rust: for `filter!` found while compiling.
///
/// # Panics
/// If the field is none that the store could be asked about.
#[must_use]
pub const fn place<R: Resource>(name: &str) -> usize {
    let fields = R::FACTS.fields;
    // What a derive states that found mistakes. Those are told already.
    if fields.is_empty() {
        return 0;
    }
    let mut place = 0;
    while place < fields.len() {
        if same(fields[place].rust_name, name) {
            assert!(
                !fields[place].custom,
                "what is stored of this field is written by serde's `with`, so values of its type cannot be compared with it"
            );
            return place;
        }
        place += 1;
    }
    panic!("this field is not stored: serde skips it")
}

/// `==` is not yet for constants.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}
