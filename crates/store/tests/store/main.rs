//! The store through its public door.

mod disk;
mod groups;
mod house;
mod installation;
mod journal;
mod lists;
mod records;
