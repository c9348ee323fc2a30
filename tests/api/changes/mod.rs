//! What changed, for those who keep a copy.

mod live;
mod model;
mod pages;
