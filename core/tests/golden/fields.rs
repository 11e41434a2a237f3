//! No field vanishes: each that a dialect's request can have is carried, reported or refused at every target.
