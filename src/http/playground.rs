//! GraphiQL, out of the binary: the page at `/playground/` and what it consists of.
//!
//! `build.rs` packs the files of `playground/graphiql/dist`. They stay packed in memory as on the wire; who cannot unpack
//! them gets them unpacked piece by piece.

use std::io::{self, Read};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, LOCATION, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::read::GzDecoder;
use futures_util::stream;

use super::compression::Coding;
use super::pages;

/// A file as it was built.
struct File {
    /// Below `/playground/`.
    path: &'static str,
    media: &'static str,
    /// Changes with what is in it. Weak: it is the same for the packed and the plain file.
    tag: &'static str,
    /// With gzip.
    packed: &'static [u8],
}

/// In the order of their paths.
static FILES: &[File] = &include!(concat!(env!("OUT_DIR"), "/playground/table.rs"));

const FOLDER: &str = "/playground/";
const PAGE: &str = "index.html";
/// Where the names of files change with what is in them.
const NAMED_BY_CONTENT: &str = "assets/";
/// How much of a file is unpacked at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// Nothing but this server, and no code that is not a file of its own. Monaco writes its colours into the page as style
/// sheets and knows no nonces, which is what `unsafe-inline` is for.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The page and its files.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        // Whatever prefix a proxy takes off, the page is below.
        .route("/playground", get(async || (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "playground/")])))
        .route(FOLDER, get(async |headers: HeaderMap| answer(PAGE, &headers).await))
        .route("/playground/{*path}", get(named))
}

async fn named(uri: Uri, asked: HeaderMap) -> Response {
    answer(uri.path().strip_prefix(FOLDER).unwrap_or_default(), &asked).await
}

async fn answer(path: &str, asked: &HeaderMap) -> Response {
    match FILES.binary_search_by_key(&path, |file| file.path) {
        Ok(place) => FILES[place].answer(asked),
        Err(_) => pages::nothing().await,
    }
}

impl File {
    fn answer(&'static self, asked: &HeaderMap) -> Response {
        let caching = if self.path.starts_with(NAMED_BY_CONTENT) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let about = [
            (ETAG, HeaderValue::from_static(self.tag)),
            (CACHE_CONTROL, HeaderValue::from_static(caching)),
            (CONTENT_SECURITY_POLICY, POLICY),
            (VARY, HeaderValue::from_static("accept-encoding")),
        ];
        if self.is_known(asked) {
            return (StatusCode::NOT_MODIFIED, about).into_response();
        }
        let media = [(CONTENT_TYPE, self.media)];
        if Coding::Gzip.suits(asked) {
            return (about, media, [(CONTENT_ENCODING, "gzip")], self.packed).into_response();
        }
        let size = self.size().map(|size| [(CONTENT_LENGTH, HeaderValue::from(size))]);
        (about, media, size, Body::from_stream(stream::iter(self.pieces()))).into_response()
    }

    /// Whether the reader has it already (RFC 9110, section 13.1.2).
    fn is_known(&self, asked: &HeaderMap) -> bool {
        let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let strong = self.tag.trim_start_matches("W/");
        known
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || tag.trim_start_matches("W/") == strong)
    }

    /// How long the plain file is, in bytes: what is packed with gzip ends with that (RFC 1952, section 2.3.1).
    fn size(&self) -> Option<u32> {
        self.packed.last_chunk().map(|size| u32::from_le_bytes(*size))
    }

    /// The plain file, of which no more than a piece is in memory.
    fn pieces(&self) -> impl Iterator<Item = io::Result<Bytes>> + use<> {
        let mut rest = GzDecoder::new(self.packed);
        std::iter::from_fn(move || {
            let mut piece = Vec::with_capacity(PIECE);
            match rest.by_ref().take(PIECE as u64).read_to_end(&mut piece) {
                Ok(0) => None,
                Ok(_) => Some(Ok(Bytes::from(piece))),
                Err(error) => Some(Err(error)),
            }
        })
    }
}
