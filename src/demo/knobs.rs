//! `accounts=50,latency=20ms,throttle=0.05,deny=0.01,seed=7`

#[derive(Clone, Debug)]
pub struct Knobs {}
