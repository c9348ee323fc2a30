use std::io::Read;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use crate::http::testing::{Answer, App};

const PAGE: &str = "/playground/";

async fn ask(app: &App, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    app.send(request.body(Body::empty()).expect("a request")).await
}

async fn get(app: &App, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(app, Method::GET, path, headers).await
}

/// The script that the page begins with.
async fn script(app: &App) -> String {
    let page = get(app, PAGE, &[]).await;
    let source =
        page.text.split_once("src=\"./").and_then(|(_, rest)| rest.split_once('"')).expect(&page.text);
    format!("{PAGE}{}", source.0)
}

#[tokio::test]
async fn the_page_and_what_it_names_are_there() {
    let app = App::new();
    let page = get(&app, PAGE, &[]).await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    let named: Vec<_> = ["src=\"./", "href=\"./"]
        .into_iter()
        .flat_map(|mark| page.text.split(mark).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(named.len() >= 3, "{named:?}");
    for name in named {
        assert_eq!(get(&app, &format!("{PAGE}{name}"), &[]).await.status, StatusCode::OK, "{name}");
    }
    let licenses = get(&app, "/playground/LICENSES.md", &[]).await;
    assert_eq!(licenses.header("content-type"), "text/plain; charset=utf-8");
    assert!(licenses.text.contains("Copyright"));
}

#[tokio::test]
async fn the_address_without_a_slash_leads_to_the_page() {
    let answer = get(&App::new(), "/playground", &[]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::PERMANENT_REDIRECT, "playground/"));
}

#[tokio::test]
async fn a_file_is_packed_for_whom_that_suits_and_the_same_for_everybody() {
    let app = App::new();
    let path = script(&app).await;
    let plain = get(&app, &path, &[]).await;
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "accept-encoding"));
    assert_eq!(plain.header("content-length"), plain.bytes.len().to_string());
    for accepted in ["gzip, deflate, br, zstd", "gzip;q=0.001", "*"] {
        let packed = get(&app, &path, &[("accept-encoding", accepted)]).await;
        assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("gzip", "accept-encoding"));
        assert_eq!(packed.header("content-length"), packed.bytes.len().to_string());
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&packed.bytes[..]).read_to_end(&mut unpacked).expect("gzip");
        assert!(unpacked == plain.bytes, "{accepted}");
        assert_eq!(packed.header("etag"), plain.header("etag"));
    }
    for accepted in ["br, zstd", "gzip;q=0", "identity"] {
        let answer = get(&app, &path, &[("accept-encoding", accepted)]).await;
        assert_eq!((answer.header("content-encoding"), &answer.bytes), ("", &plain.bytes), "{accepted}");
    }
}

#[tokio::test]
async fn the_page_is_asked_for_again_and_its_files_are_kept() {
    let app = App::new();
    let script = script(&app).await;
    for (path, caching) in [(PAGE, "no-cache"), (&script, "public, max-age=31536000, immutable")] {
        let answer = get(&app, path, &[]).await;
        assert_eq!(answer.header("cache-control"), caching);
        let tag = answer.header("etag").to_owned();
        assert!(tag.starts_with("W/\"") && tag.len() == 36, "{tag}");
        let strong = tag.trim_start_matches("W/");
        for known in [&tag, strong, "*", &format!("\"another\", {tag}")] {
            let again = get(&app, path, &[("if-none-match", known)]).await;
            assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
            assert_eq!((again.header("etag"), again.header("cache-control")), (&*tag, caching));
        }
        assert_eq!(get(&app, path, &[("if-none-match", "W/\"another\"")]).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_page_may_use_its_own_server_and_nothing_else() {
    let app = App::new();
    for path in [PAGE.to_owned(), script(&app).await] {
        let answer = get(&app, &path, &[]).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
        assert!(
            !policy.contains("unsafe-eval") && !policy.contains("blob:") && !policy.contains("http"),
            "{policy}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
    }
}

#[tokio::test]
async fn it_is_read_and_nothing_else_and_what_it_does_not_have_is_not_there() {
    let app = App::new();
    let script = script(&app).await;
    for path in ["/playground", PAGE, &script] {
        let answer = ask(&app, Method::POST, path, &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
        let head = ask(&app, Method::HEAD, path, &[]).await;
        assert_eq!((head.status, head.bytes.len()), (get(&app, path, &[]).await.status, 0), "{path}");
    }
    for path in [
        "/playground/nothing",
        "/playground/assets",
        "/playground/assets/",
        "/playground/INPUTS.sha256",
        "/playground/OUTPUTS.sha256",
        "/playground/../Cargo.toml",
        "/playground/%2e%2e/Cargo.toml",
        "/playground//index.html",
        "/playground/%ff",
        "/playground/index%2ehtml",
        "/Playground/",
    ] {
        let answer = get(&app, path, &[]).await;
        assert_eq!(
            (answer.status, answer.header("cache-control")),
            (StatusCode::NOT_FOUND, "no-store"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn where_it_is_switched_off_there_is_nothing_and_nobody_is_led_there() {
    let (on, off) = (App::new(), App::with(|options| options.playground = false, true));
    let file = script(&on).await;
    for path in ["/playground", PAGE, &file] {
        let (here, nowhere) = (get(&off, path, &[]).await, get(&off, "/nothing", &[]).await);
        assert_eq!((here.status, &here.text), (nowhere.status, &nowhere.text), "{path}");
    }
    for (app, is_there) in [(&on, true), (&off, false)] {
        let page = get(app, "/", &[("accept", "text/html")]).await;
        assert_eq!(page.text.contains("href=\"/playground/\""), is_there);
        assert!(!page.text.contains("{{"), "{}", page.text);
        let places = get(app, "/", &[]).await.json();
        assert_eq!(places.get("playground").is_some(), is_there);
    }
}
