//! A bundle as it is written: in one piece while it is small; then the stored bytes of each resource go to the client from
//! where they are, and are not copied together first.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// Bytes that are copied together.
const SMALL: usize = 64 << 10;
/// A resource that is shorter is copied all the same: less work than a piece of its own.
const PIECE: usize = 4 << 10;

/// What is written so far.
#[derive(Default)]
pub(super) struct Written {
    pieces: VecDeque<Bytes>,
    bytes: usize,
    last: Vec<u8>,
}

impl Written {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { last: Vec::with_capacity(bytes.min(SMALL)), ..Self::default() }
    }

    /// Writes a few bytes.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.last.extend_from_slice(bytes);
        if self.last.len() > 2 * SMALL {
            self.end_piece();
        }
    }

    /// Writes a resource, as it is stored.
    pub(super) fn resource(&mut self, stored: &Bytes) {
        let small = self.pieces.is_empty() && self.last.len() + stored.len() <= SMALL;
        if small || stored.len() < PIECE {
            return self.last.extend_from_slice(stored);
        }
        self.end_piece();
        self.bytes += stored.len();
        self.pieces.push_back(stored.clone());
    }

    fn end_piece(&mut self) {
        if !self.last.is_empty() {
            self.bytes += self.last.len();
            self.pieces.push_back(std::mem::take(&mut self.last).into());
        }
    }

    /// The body of an answer.
    pub(super) fn into_body(mut self) -> Body {
        if self.pieces.is_empty() {
            return self.last.into();
        }
        self.end_piece();
        Body::new(Pieces { left: self.pieces, bytes: self.bytes })
    }

    #[cfg(test)]
    pub(super) fn into_vec(mut self) -> Vec<u8> {
        self.end_piece();
        self.pieces.iter().flat_map(|piece| piece.iter().copied()).collect()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Pieces on their way.
struct Pieces {
    left: VecDeque<Bytes>,
    bytes: usize,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.left.pop_front();
        self.bytes -= next.as_ref().map_or(0, Bytes::len);
        Poll::Ready(next.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes as u64)
    }
}
