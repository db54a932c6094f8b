//! Stock clients against the running example: whatever speaks Socket.IO speaks to sockful.
//!
//! Each test starts its own example, so each finds an empty store; `comeback.rs` a server that throws its clients out, `identity.rs` one that they log in to. `tests/clients/README.md` says how to run one by hand.

mod clients {
    #[path = "../support/debian.rs"]
    mod debian;
    mod example;
    #[path = "../support/folder.rs"]
    mod folder;
    mod install;
    mod program;

    mod albums;
    mod board;
    mod browser;
    mod comeback;
    mod identity;
    mod javascript;
    mod notes;
    mod python;
    mod rust;
    mod terminal;
}
