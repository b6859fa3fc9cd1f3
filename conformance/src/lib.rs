//! Cases and runners. Being written.
