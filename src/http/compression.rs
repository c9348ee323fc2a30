//! Answers made smaller on their way, for clients that can unpack them (RFC 9110, section 12.5.3).
//!
//! Packed, an answer tells by its length how much in it occurs twice. Where a token stands beside text that somebody else
//! chose, that somebody learns the token from lengths alone, a sign at a time (BREACH, 2013). Tokens are made by mutations
//! and by nothing else, so that what a mutation answers is never packed, whatever it asks for, nor is anything that sets a
//! cookie. An answer is packed only if whoever made it has [allowed](allow) that.

use std::io::{self, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, SET_COOKIE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use brotli::enc::BrotliEncoderParams;
use flate2::write::GzEncoder;
use http_body_util::BodyExt;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::weight::{MOST, weigh};

/// Shorter answers fit into one packet as they are, in bytes.
const SHORTEST: u64 = 1024;
/// Longer ones are packed on a thread of their own, in bytes; up to that packing takes less than half a millisecond.
const LONG: usize = 64 * 1024;
/// Least and largest window of brotli, as powers of two of bytes; the memory that packing takes goes by it.
const WINDOW: (u32, u32) = (10, 18);

/// Nothing in this answer is worth guessing, or nobody else chose what stands beside it.
#[derive(Debug, Clone, Copy)]
struct Allowed;

/// Lets an answer be packed.
pub(super) fn allow(response: &mut Response) {
    response.extensions_mut().insert(Allowed);
}

/// How an answer is packed. The fastest last: levels are chosen so that each makes a list of tasks a quarter of its size, at
/// a hundred megabytes in a second or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Coding {
    Gzip,
    Brotli,
    Zstd,
}

impl Coding {
    const ALL: [Self; 3] = [Self::Gzip, Self::Brotli, Self::Zstd];

    /// What the client would rather have than a plain answer: the coding of the highest weight, the fastest of several.
    pub(super) fn wanted(headers: &HeaderMap) -> Option<Self> {
        let (weights, plain) = Self::weights(headers);
        weights.into_iter().max().filter(|(weight, _)| is_better(*weight, plain)).map(|(_, coding)| coding)
    }

    /// Whether the client takes this coding for at least as good as a plain answer.
    pub(super) fn suits(self, headers: &HeaderMap) -> bool {
        let (weights, plain) = Self::weights(headers);
        weights.into_iter().any(|(weight, coding)| coding == self && is_better(weight, plain))
    }

    /// The weight of each coding, and that of a plain answer if it was given one.
    fn weights(headers: &HeaderMap) -> ([(u16, Self); 3], Option<u16>) {
        let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let (mut named, mut others, mut plain) = ([None; 3], 0, None);
        for (name, weight) in values.flat_map(|value| value.split(',')).map(weighed) {
            match Self::ALL.iter().position(|coding| coding.is(name)) {
                Some(place) => named[place] = Some(weight),
                None if name == "*" => others = weight,
                None if name.eq_ignore_ascii_case("identity") => plain = Some(weight),
                None => {}
            }
        }
        let mut weights = Self::ALL.map(|coding| (others, coding));
        for ((weight, _), named) in weights.iter_mut().zip(named) {
            *weight = named.unwrap_or(others);
        }
        (weights, plain)
    }

    /// Whether that is its name (RFC 9110, section 8.4.1).
    fn is(self, name: &str) -> bool {
        let is_old = self == Self::Gzip && name.eq_ignore_ascii_case("x-gzip");
        is_old || name.eq_ignore_ascii_case(self.name())
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    fn pack(self, plain: &[u8]) -> io::Result<Vec<u8>> {
        let mut packed = Vec::with_capacity(plain.len() / 4);
        match self {
            Self::Gzip => {
                let mut encoder = GzEncoder::new(packed, flate2::Compression::new(4));
                encoder.write_all(plain)?;
                packed = encoder.finish()?;
            }
            Self::Brotli => {
                let window = plain.len().next_power_of_two().ilog2().clamp(WINDOW.0, WINDOW.1);
                let params = BrotliEncoderParams {
                    quality: 3,
                    lgwin: window.cast_signed(),
                    size_hint: plain.len(),
                    ..BrotliEncoderParams::default()
                };
                brotli::BrotliCompress(&mut &*plain, &mut packed, &params)?;
            }
            Self::Zstd => packed = zstd::bulk::compress(plain, 1)?,
        }
        Ok(packed)
    }
}

/// Whether a coding is wanted. Who refuses the plain answer as well gets it all the same: what was asked for has been done by
/// then.
fn is_better(weight: u16, plain: Option<u16>) -> bool {
    weight > 0 && weight >= plain.unwrap_or(0)
}

/// A coding and its weight; any other parameter makes it none that is wanted.
fn weighed(element: &str) -> (&str, u16) {
    let Some((name, parameter)) = element.split_once(';') else { return (element.trim(), MOST) };
    let q = parameter.split_once('=').filter(|(key, _)| key.trim().eq_ignore_ascii_case("q"));
    (name.trim(), q.map_or(0, |(_, value)| weigh(value)))
}

/// Packs answers. Clones share the processors.
#[derive(Debug, Clone)]
pub(super) struct Packer(Arc<Semaphore>);

impl Packer {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(processors)))
    }

    /// The answer as it travels to a client that wants this coding, or none.
    pub(super) async fn pack(&self, mut response: Response, wanted: Option<Coding>) -> Response {
        let is_allowed = response.extensions().get::<Allowed>().is_some()
            && !response.headers().contains_key(SET_COOKIE)
            && response.body().size_hint().lower() >= SHORTEST;
        if !is_allowed {
            return response;
        }
        response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
        let Some(coding) = wanted else { return response };
        let (mut parts, body) = response.into_parts();
        let Ok(plain) = body.collect().await else {
            // Answers that come in pieces, which may break off, are not to be allowed.
            parts.status = StatusCode::INTERNAL_SERVER_ERROR;
            return Response::from_parts(parts, Body::empty());
        };
        let plain = plain.to_bytes();
        let body = match self.packed(coding, &plain).await {
            Some(packed) => {
                parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
                parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(packed.len()));
                Body::from(packed)
            }
            None => Body::from(plain),
        };
        Response::from_parts(parts, body)
    }

    /// `None` where nothing is won by it, and for a long answer that would have to wait for a processor.
    async fn packed(&self, coding: Coding, plain: &Bytes) -> Option<Vec<u8>> {
        let packed = if plain.len() < LONG {
            coding.pack(plain).ok()
        } else {
            let turn = Arc::clone(&self.0).try_acquire_owned().ok()?;
            let plain = plain.clone();
            let pack = move || {
                let packed = coding.pack(&plain).ok();
                drop(turn);
                packed
            };
            spawn_blocking(pack).await.ok()?
        };
        packed.filter(|packed| packed.len() < plain.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::graphql;
    use crate::graphql::model::{Kind, Model};

    #[test]
    fn the_coding_of_the_highest_weight_is_taken_and_the_fastest_of_several() {
        for (accepted, coding) in [
            ("", None),
            ("identity", None),
            ("deflate, compress", None),
            ("gzip", Some(Coding::Gzip)),
            ("GZIP", Some(Coding::Gzip)),
            ("x-gzip", Some(Coding::Gzip)),
            ("br", Some(Coding::Brotli)),
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("gzip, deflate, br", Some(Coding::Brotli)),
            ("gzip;q=1.0, br;q=0.9", Some(Coding::Gzip)),
            ("gzip;q=0.5,br;q=0.501,zstd;q=0.4", Some(Coding::Brotli)),
            ("gzip ; Q=0.2 , br; q=0.1", Some(Coding::Gzip)),
            ("gzip;q=0", None),
            ("gzip;q=0.000, br;q=0", None),
            ("gzip;q=0.001", Some(Coding::Gzip)),
            ("*", Some(Coding::Zstd)),
            ("*, zstd;q=0", Some(Coding::Brotli)),
            ("gzip, *;q=0.5", Some(Coding::Gzip)),
            ("gzip, *;q=0", Some(Coding::Gzip)),
            ("*;q=0", None),
            ("identity;q=0", None),
            ("identity;q=0, *;q=0", None),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.5, gzip", Some(Coding::Gzip)),
            ("identity;q=0.5, gzip;q=0.5", Some(Coding::Gzip)),
            ("gzip;q=2, br;q=-1, zstd;q=NaN", None),
            ("gzip;q=much", None),
            ("gzip;level=1", None),
            ("gzipped, brx", None),
            (", gzip,", Some(Coding::Gzip)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(Coding::wanted(&headers), coding, "{accepted}");
        }
        assert_eq!(Coding::wanted(&HeaderMap::new()), None);
        let mut several = HeaderMap::new();
        several.append(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        several.append(ACCEPT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(Coding::wanted(&several), Some(Coding::Brotli));
    }

    #[test]
    fn a_coding_suits_where_it_is_no_worse_than_none() {
        for (accepted, suits) in [
            ("gzip, deflate, br, zstd", true),
            ("br, gzip;q=0.1", true),
            ("*", true),
            ("x-gzip", true),
            ("gzip;q=0.5, identity;q=0.5", true),
            ("", false),
            ("br", false),
            ("gzip;q=0", false),
            ("*, gzip;q=0", false),
            ("gzip;q=0.5, identity", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(Coding::Gzip.suits(&headers), suits, "{accepted}");
        }
        assert!(!Coding::Gzip.suits(&HeaderMap::new()));
    }

    /// The fields of every type that can be reached from this one.
    fn reachable(root: &str) -> HashSet<String> {
        let model = Model::read(&graphql::schema().sdl()).expect("SDL");
        let (mut types, mut fields) = (vec![root.to_owned()], HashSet::new());
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(name) = types.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            if let Some(Kind::Composite { fields: of, .. }) = model.kind(&name) {
                fields.extend(of.keys().map(ToString::to_string));
                types.extend(of.values().map(|field| base(&field.ty.to_string())));
            }
        }
        fields
    }

    fn base(ty: &str) -> String {
        ty.trim_matches(['[', ']', '!']).to_owned()
    }

    #[test]
    fn what_queries_answer_holds_no_token() {
        let tokens = ["accessToken", "refreshToken"];
        let (queries, mutations) = (reachable("Query"), reachable("Mutation"));
        for token in tokens {
            assert!(mutations.contains(token) && !queries.contains(token), "{token}");
        }
        let named_so: Vec<_> = queries.iter().filter(|name| name.to_lowercase().contains("token")).collect();
        assert!(named_so.is_empty(), "{named_so:?}");
    }
}
