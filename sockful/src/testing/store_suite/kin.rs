//! Parents and children that one commit writes together.

use super::resources::{account, accounted, int, member, row, text, with};
use super::subject::{Open, Subject, create, destroy, replace};
use crate::row::Row;
use crate::store::Write;

/// A member of this account.
fn membered(id: &str, account: i64) -> Row {
    row(&member(), [("id", text(id)), ("account_id", int(account))])
}

/// Does these writes, and answers the revision of what they wrote.
async fn done(open: &Open, mut writes: Vec<Write>, backwards: bool) -> u64 {
    if backwards {
        writes.reverse();
    }
    let ids: Vec<_> = writes.iter().map(|it| it.id.clone()).collect();
    let committed = open.commit(writes).await;
    let told: Vec<_> = committed.changes.iter().map(|it| it.id.clone()).collect();
    assert_eq!(told, ids, "changes come in the order of the writes");
    committed.pos
}

pub(super) async fn parents_and_children_come_and_go_in_any_order_within_a_commit(
    subject: &Subject,
) {
    let open = subject.open().await;
    for backwards in [false, true] {
        let new = vec![
            create(&account(), &accounted(1, [])),
            create(&member(), &membered("a", 1)),
            create(&member(), &membered("b", 1)),
        ];
        let rev = done(&open, new, backwards).await;
        assert_eq!(open.all(&member()).await.len(), 2);
        let gone = vec![
            destroy(&account(), 1, rev),
            destroy(&member(), "a", rev),
            destroy(&member(), "b", rev),
        ];
        done(&open, gone, backwards).await;
        assert!(open.all(&member()).await.is_empty());
        assert!(open.all(&account()).await.is_empty());
    }
}

pub(super) async fn a_child_moves_to_a_parent_that_comes_from_one_that_goes(subject: &Subject) {
    let open = subject.open().await;
    for backwards in [false, true] {
        // The new parent takes over what only one may have.
        let email = [("email", text("a@example.com"))];
        let old = vec![
            create(&account(), &accounted(1, email.clone())),
            create(&member(), &membered("a", 1)),
        ];
        let rev = done(&open, old, false).await;
        let moved = with(&membered("a", 1), &member(), [("account_id", int(2))]);
        let writes = vec![
            destroy(&account(), 1, rev),
            replace(&member(), &moved, rev),
            create(&account(), &accounted(2, email)),
        ];
        let rev = done(&open, writes, backwards).await;
        assert_eq!(open.all(&member()).await, [moved]);
        let gone = vec![destroy(&member(), "a", rev), destroy(&account(), 2, rev)];
        done(&open, gone, false).await;
    }
}
