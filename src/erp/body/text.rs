//! A text outside of a body: an address, a header.

use super::context::Context;
use super::expression::{Braces, Leaf, Part};
use super::template::in_text;

/// A text with `{{ expressions }}` in it, compiled.
#[derive(Debug)]
pub struct Text {
    place: String,
    parts: Vec<Part>,
}

impl Text {
    /// Compiles one; `place` is the setting that holds it.
    ///
    /// # Errors
    /// A sentence that begins with the place.
    pub fn new(place: &str, text: &str) -> Result<Text, String> {
        let leaf = Leaf::new(text, Braces::Double).map_err(|what| format!("{place}: {what}"))?;
        let parts = match leaf {
            Leaf::Text(text) => vec![Part::Text(text)],
            Leaf::Value(expression) => vec![Part::Value(expression)],
            Leaf::Mixed(parts) => parts,
        };
        Ok(Text { place: place.to_owned(), parts })
    }

    /// The text over a context, each value passed through `written`; what is none is no letters.
    ///
    /// # Errors
    /// A sentence that begins with the place, without the document's values.
    pub fn render(&self, context: &Context, written: impl Fn(&str) -> String) -> Result<String, String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Value(expression) => {
                    let value = expression.value(context).and_then(|value| in_text(&value));
                    text.push_str(&written(&value.map_err(|what| format!("{}: {what}", self.place))?));
                }
            }
        }
        Ok(text)
    }
}
