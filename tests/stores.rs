//! Every store does what the contract says.

mod faulty;
mod json_lines;

mod memory {
    use sockful::Memory;

    sockful::store_suite!(|_place| async { Memory::new() });
}

mod walked_through {
    use super::json_lines::JsonLines;

    sockful::store_suite!(|place| async move { JsonLines::new(place.folder().join("app.jsonl")) });
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
