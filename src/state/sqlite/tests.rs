//! What is a file's alone.

use super::SqliteState;

#[tokio::test]
async fn a_file_in_use_is_refused_and_free_again_when_its_holder_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let first = SqliteState::open(&path, "main").unwrap();
    let error = SqliteState::open(&path, "main").unwrap_err().to_string();
    assert!(error.contains("in use by another ledgertap"), "{error}");
    SqliteState::open_to_read(&path, "main").unwrap();
    drop(first);
    SqliteState::open(&path, "main").unwrap();
}

#[test]
fn what_is_no_state_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    std::fs::write(&path, "this is not SQLite, and long enough to be read as a header of one ........................")
        .unwrap();
    let error = SqliteState::open(&path, "main").unwrap_err().to_string();
    assert!(error.contains("s.db") && error.contains("not a database"), "{error}");
    let error = SqliteState::open_to_read(&folder.path().join("none.db"), "main").unwrap_err().to_string();
    assert!(error.contains("none.db"), "{error}");
}
