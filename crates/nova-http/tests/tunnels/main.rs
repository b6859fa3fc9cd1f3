//! Tunnels, by Upgrade and by CONNECT, from simple handlers over the simulated network.

mod begins;
mod common;
mod ends;
