//! Rules that hold for every request, whatever its dialect.




pub mod keys;
