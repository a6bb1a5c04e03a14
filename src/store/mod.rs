//! What is kept between runs: small JSON documents with an age, in files of the cache folder.
