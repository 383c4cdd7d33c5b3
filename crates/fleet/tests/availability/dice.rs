//! What must hold of any system and any spec.
