//! Writing a whole answer.

use crate::dialect::canonical::gather::Answer;
use crate::dialect::codec::Echo;
use crate::wire::write::Writer;

/// Writes a whole answer.
pub(super) fn write(_answer: &Answer, _echo: &Echo, _out: &mut Writer) {
    todo!()
}
