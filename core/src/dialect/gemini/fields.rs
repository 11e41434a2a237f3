//! The fields of a request, a row each.

use crate::dialect::canonical::fields::Field;

/// Every field.
pub(crate) const FIELDS: &[Field] = &[];
