//! Messages that are no change: told now or never.

use crate::protocol::TellText;

/// Something that is told to whoever is there. It has no position, is not kept, and is the first thing to be left out where a
/// client does not keep up.
#[derive(Debug)]
pub(crate) struct Tell {
    /// The event that carries it: the name of a resource, or sockful's own.
    pub(crate) event: &'static str,
    pub(crate) text: TellText,
}
