//! A read model is built anew beside the live one: queries are answered all the time, nothing is missed, and
//! what is switched to is what was compared.

mod builder;
mod building;
mod changing;
mod leases;
mod log;
