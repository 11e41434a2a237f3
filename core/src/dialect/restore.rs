//! Undoes in an answer what `adapt` has done to the request, and tags what only its maker can read.
