//! The mapping: a folder of plain MySQL SELECTs over the store's own tables, evaluated from the mirror.
//!
//! A mapping is loaded in two steps. [`Mapping::load`] parses the profile's settings and SELECTs and refuses, with file,
//! line and column, whatever does not need the store to be seen as wrong. [`Mapping::bind`] resolves names against the
//! store's table shapes, works out types, and yields a [`Bound`] mapping with the [`Footprint`](crate::change::Footprint)
//! that the binlog reader decodes and the mirror keeps.
//!
//! A [`Bound`] mapping answers three questions and performs no input or output:
//!
//! - *whose row is this?* ([`Bound::owners`], [`Bound::touched`]): the owner columns of each SELECT (an order's id, a
//!   line's order) are expressions over the first table of its FROM, so that one row tells whose it is;
//! - *what does the store say about this order or customer?* ([`Bound::order`], [`Bound::customer`]), from a [`Slice`]
//!   of the mirror; what the slice lacks is asked for by [`Lookup`](crate::change::Lookup) and the question put again;
//! - *what changed in the mirror?* ([`Slice::writes`]).
//!
//! A [`Condition`] asks a question of its own in the same SQL, over the fields of a document instead of rows.
//!
//! The subset of SQL and every output column are written down in `schema/stores/README.md`. Within the subset the results
//! are the server's, to the digit. What would depend on knowledge that we do not have, or where MySQL and MariaDB differ, is
//! refused, with what to write instead, or an [`EvalError`] where only a row shows it. A text that the server would cut to a
//! number with a warning is cut, and the warning recorded.

mod aggregate;
mod arithmetic;
mod bind;
mod bound;
mod collation;
mod condition;
mod contract;
mod datum;
mod document;
mod equalities;
mod eval;
mod explain;
mod expr;
mod forms;
mod index;
mod json;
mod lower;
mod numeral;
mod parse;
mod pattern;
mod place;
mod profile;
mod query;
mod reach;
mod refusal;
mod rows;
mod settings;
mod signature;
mod slice;
mod storefront;
mod suggest;
mod temporal;
mod text;
mod typing;
mod wanted;
mod written;

#[cfg(test)]
mod tests;

pub use bound::{Bound, Owner, Touched};
pub use condition::{Condition, ConditionError, Field, FieldKind};
pub use contract::{Contracted, contract};
pub use explain::{ExplainedSelect, ExplainedTable};
pub use numeral::leading_number;
pub use profile::{Mapping, profile_names};
pub use refusal::{EvalError, MappingError, Refusal};
pub use settings::Settings;
pub use slice::{ImageOf, Loaded, Slice, Write};
pub use storefront::{
    Recognised, Setting, WOOCOMMERCE_HPOS, recognise, resembling, storefront_names, storefront_profiles,
};
pub use wanted::{Printed, Wanted, Which};
