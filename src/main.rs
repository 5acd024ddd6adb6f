//! The program: see the library's front page.
fn main() {}
