//! The only room that touches a machine.
