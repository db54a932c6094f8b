//! Every store does what the contract says.

mod faulty;
mod redb;

mod memory {
    use sockful::Memory;

    sockful::store_suite!(|_place| async { Memory::new() });
}

mod walked_through {
    use super::redb::Redb;

    sockful::store_suite!(|place| async move {
        Redb::new(&place.folder().join("app.redb")).expect("a store")
    });
}

mod sqlite_file {
    use sockful::Sqlite;

    sockful::store_suite!(|place| async move {
        Sqlite::open(place.folder().join("app.db")).expect("a store")
    });
}

mod sqlite_in_memory {
    use sockful::Sqlite;

    sockful::store_suite!(|_place| async { Sqlite::in_memory().expect("a store") });
}

mod postgres {
    use crate::support::postgres;

    sockful::store_suite!(|place| async move { postgres::store(place.name()) });
}
