//! When a commit counts as done.

/// When a commit counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// When it is on the disk: nothing that was acknowledged is lost, whatever happens to the machine.
    ///
    /// Commits that wait together share one sync of the disk, so under load this costs little.
    #[default]
    Full,
    /// Before it is on the disk: a crash of your program loses nothing, a loss of power, and with
    /// PostgreSQL a crash of its server, the last moments. The database stays whole in either case. The log then begins
    /// another life: whoever follows it has to start anew. SQLite cannot tell a loss of power from a program that was killed,
    /// so there this follows either.
    Relaxed,
}
