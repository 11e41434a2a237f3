//! What an upstream's failure means: by its code, its words, its status, in this order (translation.md 5.2).
