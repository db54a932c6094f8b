//! Programs that must not compile, one for each rule, and what they are told: `ui/<macro>/<rule>.stderr`. And programs
//! that must compile, in `ui/pass`.
//!
//! `TRYBUILD=overwrite` writes the messages anew; read the difference before it is committed.

#[test]
fn macros() {
    let programs = trybuild::TestCases::new();
    programs.pass("ui/pass/*.rs");
    programs.compile_fail("ui/resource/*.rs");
    programs.compile_fail("ui/remote/*.rs");
    programs.compile_fail("ui/filter/*.rs");
    programs.compile_fail("ui/sort/*.rs");
    programs.compile_fail("ui/hooks/*.rs");
}
