pub(super) fn key_of(text: &str, _collation: Option<&str>) -> Result<String, &'static str> {
    Ok(text.trim_end_matches(' ').to_lowercase())
}
