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
