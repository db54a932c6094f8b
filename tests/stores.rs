//! Every store does what the contract says.

mod faulty;
mod json_lines;

mod memory {
    use sockful::Memory;

    sockful::store_suite!(|_place| async { Memory::new() });
}

mod walked_through {
    use std::fs::{OpenOptions, read_to_string};
    use std::io::Write;

    use serde_json::json;
    use sockful::App;
    use sockful::testing::TestApp;

    use super::json_lines::JsonLines;
    use crate::support::{Creature, folder::Folder};

    sockful::store_suite!(|place| async move { JsonLines::new(place.folder().join("app.jsonl")) });

    #[tokio::test]
    async fn what_a_crash_has_cut_off_is_left_out() {
        let folder = Folder::new("json-lines");
        let path = folder.path().join("app.jsonl");
        let opened = async || {
            let app = App::builder().store(JsonLines::new(&path));
            let app = app.resource::<Creature>().build().await.expect("an app");
            TestApp::new(app).anonymous()
        };
        let bob = json!({ "id": "bob", "name": "Bob" });
        opened()
            .await
            .call("creature", "create", bob)
            .await
            .result();
        let whole = read_to_string(&path).expect("the file");
        let line = whole.lines().last().expect("a commit").as_bytes();
        // In the middle, just before the end of the line, within a letter.
        for cut in [&line[..line.len() / 2], line, b"{\"pos\":9,\"\xc3"] {
            let file = OpenOptions::new().append(true).open(&path);
            let mut file = file.expect("the file");
            file.write_all(cut).expect("a write");
            let client = opened().await;
            let all = client.call("creature", "all", json!({})).await;
            assert_eq!(all.result()[0]["name"], "Bob");
            assert_eq!(read_to_string(&path).expect("the file"), whole);
        }
        let eve = json!({ "id": "eve", "name": "Eve" });
        opened()
            .await
            .call("creature", "create", eve)
            .await
            .result();
        let all = opened().await.call("creature", "all", json!({})).await;
        assert_eq!(all.result().as_array().map(Vec::len), Some(2));
    }
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
