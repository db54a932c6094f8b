//! Stock clients against the running example: whatever speaks Socket.IO speaks to sockful.
//!
//! Each test starts its own example, so each finds an empty store. `tests/clients/README.md` says how to run one by hand.

mod clients {
    mod example;
    #[path = "../support/folder.rs"]
    mod folder;
    mod install;
    mod program;

    mod javascript;
    mod python;
    mod rust;
}
