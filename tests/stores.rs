//! Every store does what the contract says.

mod json_file;

mod memory {
    use sockful::Memory;

    sockful::store_suite!(|_place| async { Memory::new() });
}

mod walked_through {
    use super::json_file::JsonFile;

    sockful::store_suite!(|place| async move { JsonFile::new(place.folder().join("app.json")) });
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
