//! `#[resource(on_destroy = restrict)]`

/// What becomes of a record when its parent is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnDestroy {
    Cascade,
    Restrict,
    Detach,
}

impl OnDestroy {
    pub(crate) const USAGE: &str = "cascade | restrict | detach";
    pub(crate) const CHOICES: [(&str, Self); 3] = [
        ("cascade", Self::Cascade),
        ("restrict", Self::Restrict),
        ("detach", Self::Detach),
    ];
}
