//! The shortcut for Better Auth: its address says the rest.

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

use super::{IssuerSettings, IssuerTexts, Place, Refused};

/// Where Better Auth answers, unless its address says otherwise.
const PATH: &str = "/api/auth";

pub(super) fn read(settings: &IssuerSettings) -> Result<Option<IssuerTexts>, Refused> {
    let Some(url) = &settings.better_auth_url else {
        let others = [
            ("BETTER_AUTH_SECRET", settings.better_auth_secret.is_some()),
            ("BETTER_AUTH_ISSUER", settings.better_auth_issuer.is_some()),
            ("BETTER_AUTH_AUDIENCE", settings.better_auth_audience.is_some()),
        ];
        return match others.iter().find(|(_, is_set)| *is_set) {
            Some((name, _)) => {
                Err(Refused::new(format!("{name} is of no use without BETTER_AUTH_URL: set both.")))
            }
            None => Ok(None),
        };
    };
    let places = Places::of(url).ok_or_else(|| {
        Refused::new(
            "BETTER_AUTH_URL must be an address such as https://app.example.com, without user or query.",
        )
    })?;
    let name = |set: &Option<String>| Some(set.clone().unwrap_or_else(|| places.origin.clone()));
    let mut issuer = IssuerTexts {
        iss: name(&settings.better_auth_issuer),
        aud: name(&settings.better_auth_audience),
        ..IssuerTexts::at(Place::BetterAuth)
    };
    match &settings.better_auth_secret {
        Some(secret) => issuer.secrets.push(secret.clone()),
        None => issuer.jwks_url = Some(places.jwks),
    }
    Ok(Some(issuer))
}

struct Places {
    origin: String,
    jwks: String,
}

impl Places {
    /// Better Auth takes an address with a path for the whole of it, and adds its own to one without.
    fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.trim().parse().ok()?;
        let authority = uri.authority()?.as_str().to_ascii_lowercase();
        if authority.contains('@') || uri.query().is_some() || url.contains('#') {
            return None;
        }
        let (scheme, own_port) = match uri.scheme_str()? {
            "https" => ("https", ":443"),
            "http" => ("http", ":80"),
            _ => return None,
        };
        // As browsers write an origin, and Better Auth into its tokens.
        let origin = format!("{scheme}://{}", authority.strip_suffix(own_port).unwrap_or(&authority));
        let path = match uri.path_and_query().map_or("", PathAndQuery::path).trim_end_matches('/') {
            "" => PATH,
            path => path.strip_suffix("/jwks").unwrap_or(path),
        };
        Some(Self { jwks: format!("{origin}{path}/jwks"), origin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_the_address_is_written_the_keys_are_found() {
        for (url, origin, jwks) in [
            ("https://app.example.com", "https://app.example.com", "https://app.example.com/api/auth/jwks"),
            ("https://app.example.com/", "https://app.example.com", "https://app.example.com/api/auth/jwks"),
            (
                "https://App.Example.com:443//",
                "https://app.example.com",
                "https://app.example.com/api/auth/jwks",
            ),
            (
                "https://app.example.com/api/auth",
                "https://app.example.com",
                "https://app.example.com/api/auth/jwks",
            ),
            (
                "https://app.example.com/api/auth/",
                "https://app.example.com",
                "https://app.example.com/api/auth/jwks",
            ),
            (
                "https://app.example.com/api/auth/jwks",
                "https://app.example.com",
                "https://app.example.com/api/auth/jwks",
            ),
            (
                "https://app.example.com/users/",
                "https://app.example.com",
                "https://app.example.com/users/jwks",
            ),
            ("http://localhost:3000", "http://localhost:3000", "http://localhost:3000/api/auth/jwks"),
            ("http://localhost:80", "http://localhost", "http://localhost/api/auth/jwks"),
        ] {
            let places = Places::of(url).expect(url);
            assert_eq!((places.origin.as_str(), places.jwks.as_str()), (origin, jwks), "{url}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_site_is_refused() {
        for url in [
            "",
            "app.example.com",
            "/api/auth",
            "ftp://app.example.com",
            "https://a:b@app.example.com",
            "https://app.example.com/?x=1",
            "https://app.example.com/#x",
        ] {
            assert!(Places::of(url).is_none(), "{url}");
        }
    }
}
