// Remote methods belong to a resource.

use sockful::prelude::*;

#[remote]
async fn rename(title: String) {
    let _ = title;
}

fn main() {}
