//! What is known of models: limits, abilities and prices, in a table that `cargo xtask models` makes of public data.

mod bill;
mod facts;
mod find;
mod list;
mod owner;
mod row;
mod table;

pub use bill::{cost, usual_prices};
pub use facts::ModelFacts;
pub use find::{Found, SHARED, Shared, find, find_in, undated};
pub use list::{each, is_known};
pub use owner::owner;
pub use row::{Mark, Place, Row, Served};

#[cfg(test)]
mod tests;
