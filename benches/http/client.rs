//! The client: one connection that is kept alive, with as little work as HTTP/1.1 allows.
//!
//! It shares the machine with the servers, so that whatever it costs makes them look more alike.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// More headers than any of the servers sends.
const HEADERS: usize = 32;

/// A request to be written out once and sent many times.
pub struct Request {
    pub method: &'static str,
    pub path: &'static str,
    pub token: Option<String>,
    pub body: Option<Value>,
}

impl Request {
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\nhost: localhost\r\n", self.method, self.path);
        if let Some(token) = &self.token {
            let _ = write!(text, "authorization: Bearer {token}\r\n");
        }
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        if !body.is_empty() {
            let _ = write!(text, "content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        }
        text.push_str("\r\n");
        text.push_str(&body);
        text.into_bytes()
    }
}

/// What came back.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// Where the body of an answer lies.
struct Head {
    status: u16,
    start: usize,
    end: usize,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut head = None;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if head.is_none() {
                head = read_head(&self.buffer)?;
            }
            if let Some(Head { status, start, end }) = head
                && self.buffer.len() >= end
            {
                return Ok(Answer { status, body: &self.buffer[start..end] });
            }
        }
    }
}

/// `None` while the head is not all there.
fn read_head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = response.parse(bytes).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let length = response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| str::from_utf8(header.value).ok()?.parse::<usize>().ok())
        .ok_or_else(|| io::Error::other("an answer without its length"))?;
    let status = response.code.ok_or_else(|| io::Error::other("an answer without a status"))?;
    Ok(Some(Head { status, start, end: start + length }))
}
