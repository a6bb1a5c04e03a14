//! Log events, Logs Insights and X-Ray, as statements: on the demo organization and on a second emulator.

mod ministack;
mod on_demo;
mod stopped;
