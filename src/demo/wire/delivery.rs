//! How an answer travels: whole, cut in the middle, or not at all.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use hyper::body::{Body, Frame};

use super::Outgoing;

#[derive(Debug)]
pub enum Delivery {
    Whole(Outgoing),
    /// The head promises the whole body; half of it comes, and then the connection ends like this.
    Torn(Outgoing, Tear),
    /// The connection is reset before anything comes.
    Reset,
}

/// How a connection ends too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tear {
    Closed,
    Reset,
}

impl Delivery {
    /// An answer without a body cannot be cut in its middle.
    pub fn torn(mut outgoing: Outgoing, tear: Tear) -> Self {
        if outgoing.body().is_empty() {
            return Delivery::Reset;
        }
        let length = outgoing.body().len().into();
        outgoing.headers_mut().insert(CONTENT_LENGTH, length);
        Delivery::Torn(outgoing, tear)
    }
}

impl Tear {
    pub fn error(self) -> io::Error {
        match self {
            Tear::Closed => io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed"),
            Tear::Reset => io::Error::from(io::ErrorKind::ConnectionReset),
        }
    }
}

/// A body of which at most half comes where it is torn.
#[derive(Debug)]
pub struct Sent {
    rest: Option<Bytes>,
    tear: Option<Tear>,
    /// Whoever sends had its chance to flush.
    flushed: bool,
}

impl Sent {
    pub fn whole(body: Bytes) -> Self {
        Self { rest: Some(body).filter(|b| !b.is_empty()), tear: None, flushed: false }
    }

    pub fn half(body: &Bytes, tear: Tear) -> Self {
        Self { rest: Some(body.slice(..body.len().div_ceil(2))), tear: Some(tear), flushed: false }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let Some(tear) = self.tear else { return Poll::Ready(None) };
        if !self.flushed {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(tear.error())))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && self.tear.is_none()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match (self.tear, &self.rest) {
            (None, rest) => hyper::body::SizeHint::with_exact(rest.as_ref().map_or(0, Bytes::len) as u64),
            (Some(_), _) => hyper::body::SizeHint::default(),
        }
    }
}
