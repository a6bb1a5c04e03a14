//! Composition root: wires real or demo AWS, organization, catalog and engine.
