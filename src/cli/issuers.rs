//! The issuers that the settings name, judged and made ready. Each refusal names the setting and tells no secret.

use crate::auth::{Algorithm, ClaimPath, ClaimPaths, KeySource, OtherIssuer, OtherIssuers, OtherRules};
use crate::fetch::{Address, Fetcher};
use crate::settings::{IssuerTexts, Place, Settings};

use super::Failed;

/// Longest `iss` or `aud`, in bytes.
const LONGEST_NAME: usize = 256;

/// All issuers beside this server itself.
pub(super) fn others(settings: &Settings) -> Result<OtherIssuers, Failed> {
    let ready = |(place, rules): (Place, OtherRules)| {
        let (issuer, audience) = (rules.issuer.clone(), rules.audience.clone());
        let ready = OtherIssuer::new(rules);
        let ready =
            ready.map_err(|fault| Failed::new(format_args!("{}: {fault}.", place.name("secrets"))))?;
        tracing::info!(issuer, audience, "tokens of another issuer count");
        Ok::<_, Failed>(ready)
    };
    let issuers = rules(settings)?.into_iter().map(ready).collect::<Result<_, _>>()?;
    Ok(OtherIssuers::new(issuers))
}

fn rules(settings: &Settings) -> Result<Vec<(Place, OtherRules)>, Failed> {
    let mut rules: Vec<(Place, OtherRules)> = Vec::new();
    // Reading the system's certificates takes a while, and not everybody has something to fetch.
    let mut fetcher = None;
    for texts in settings.issuers.all()? {
        let (place, one) = (texts.place, rules_of(texts, settings, &mut fetcher)?);
        let name = place.name("iss");
        if one.issuer == settings.jwt_issuer {
            let sentence =
                format!("{name} is JWT_ISSUER, the name of this server itself: one of them must change.");
            return Err(Failed::new(sentence));
        }
        if rules.iter().any(|(_, other)| other.issuer == one.issuer) {
            return Err(Failed::new(format_args!("{name} is the name of another issuer already.")));
        }
        rules.push((place, one));
    }
    Ok(rules)
}

fn rules_of(
    texts: IssuerTexts,
    settings: &Settings,
    fetcher: &mut Option<Fetcher>,
) -> Result<OtherRules, Failed> {
    let place = texts.place;
    let must = |key: &str, what: &str| Failed::new(format_args!("{} must {what}.", place.name(key)));
    let name = |key: &str, text: Option<String>| {
        let is_name = |text: &String| {
            !text.trim().is_empty() && text.len() <= LONGEST_NAME && !text.chars().any(char::is_control)
        };
        text.filter(is_name)
            .ok_or_else(|| must(key, &format!("be set to a name of 1 to {LONGEST_NAME} bytes")))
    };
    let path = |key: &str, text: Option<String>, default: &str| {
        ClaimPath::parse(text.as_deref().unwrap_or(default))
            .ok_or_else(|| must(key, "be the name of a claim, such as sub or user.id"))
    };
    let claims = ClaimPaths {
        id: path("id", texts.id, "sub")?,
        email: path("email", texts.email, "email")?,
        name: path("name", texts.name, "name")?,
    };
    if claims.id == claims.email {
        return Err(must(
            "id",
            "not be the claim with the email address: an address can pass to somebody else",
        ));
    }
    let (keys, fit): (_, &[Algorithm]) = match (texts.jwks_url, texts.secrets) {
        (Some(url), secrets) if secrets.is_empty() => {
            let address = Address::parse(&url)
                .map_err(|must| Failed::new(format_args!("{} {must}.", place.name("jwks_url"))))?;
            let fetcher = match fetcher {
                Some(fetcher) => fetcher.clone(),
                None => fetcher.insert(Fetcher::new().map_err(Failed::new)?).clone(),
            };
            let (interval, max_age) = (settings.issuers.jwks_interval, settings.issuers.jwks_max_age);
            (KeySource::Jwks { address, fetcher, interval, max_age }, &Algorithm::PUBLISHED)
        }
        (None, secrets) if !secrets.is_empty() => {
            if settings.jwt_secret.as_ref().is_some_and(|own| secrets.contains(own)) {
                let secret = place.name("secrets");
                let sentence =
                    "is JWT_SECRET, so that whoever has it could sign as this server: give each its own";
                return Err(Failed::new(format_args!("{secret} {sentence}.")));
            }
            (KeySource::Secrets(secrets), &[Algorithm::Hs256])
        }
        (Some(_), _) => {
            let (url, secrets) = (place.name("jwks_url"), place.name("secrets"));
            return Err(Failed::new(format_args!("{url} and {secrets} exclude each other: unset one.")));
        }
        (None, _) => {
            let secrets = place.name("secrets");
            return Err(must("jwks_url", &format!("be set, or else {secrets}")));
        }
    };
    let algorithms = if texts.algorithms.is_empty() {
        fit.to_vec()
    } else {
        let names: Vec<_> = fit.iter().map(|algorithm| algorithm.name()).collect();
        let refused = || must("algorithms", &format!("be among {}", names.join(", ")));
        let one = |text: &String| {
            text.trim().parse().ok().filter(|algorithm| fit.contains(algorithm)).ok_or_else(refused)
        };
        texts.algorithms.iter().map(one).collect::<Result<_, _>>()?
    };
    Ok(OtherRules {
        issuer: name("iss", texts.iss)?,
        audience: name("aud", texts.aud)?,
        algorithms,
        claims,
        keys,
    })
}
