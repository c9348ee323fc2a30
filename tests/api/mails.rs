//! How mails leave: once, later when they have to, and by whoever is there.

use std::time::{Duration, Instant};

use serde_json::json;
use taskward::store::{MailKind, User};
use taskward::time::{Clock, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::on_both_databases;
use crate::support::app::Setup;
use crate::support::fake_smtp::FakeSmtp;
use crate::support::{Actor, TestApp, beneath};

const LATER: &str = "451 4.7.1 <ada@example.com>: try again";
const NEVER: &str = "550 5.1.1 <ada@example.com>: no such user";
const NO_ENTRY: &str = "535 5.7.8 who are you";

async fn user(app: &TestApp, actor: &Actor<'_>) -> User {
    let email = taskward::email::EmailAddress::parse(&actor.email).expect("fine");
    app.services.store.credentials().by_email(&email).await.expect("read").expect("there").user
}

/// Mails that are still to be sent.
async fn waiting(app: &TestApp) -> String {
    beneath::texts(app.database.url.expose(), "select cast(count(*) as text) from mails").await.concat()
}

on_both_databases! {
    async fn what_the_mail_server_puts_off_is_tried_again_after_a_pause(app: TestApp) {
        let ada = app.register("ada").await;
        let smtp = FakeSmtp::start(&[LATER, NO_ENTRY, LATER]);
        ada.request_verification().await;
        let mut now = Clock.now();
        for tries in 1..=3_u32 {
            app.post_office_at(&smtp).deliver(now).await.expect("delivered");
            assert_eq!((smtp.mails().len(), smtp.commands("MAIL").len()), (0, tries as usize));
            // Too early, and so not tried at all.
            let pause = Duration::from_secs(2) * 4_u32.pow(tries - 1);
            app.post_office_at(&smtp).deliver(now + pause - Duration::from_millis(1)).await.expect("delivered");
            assert_eq!((waiting(app).await, smtp.commands("MAIL").len()), ("1".to_owned(), tries as usize));
            now = now + pause;
        }
        // A server that was started again sends what the one before could not.
        let next = app.beside(Setup::on(app.backend)).await;
        next.post_office_at(&smtp).deliver(now).await.expect("delivered");
        assert_eq!((waiting(app).await, smtp.mails().len()), ("0".to_owned(), 1));
        assert_eq!(smtp.commands("RCPT"), ["RCPT TO:<ada@example.com>"]);
        assert_eq!(smtp.commands("AUTH")[0], "AUTH PLAIN AGFkYQBwYUBzcw==", "user and password of the URL");
        let mail = &smtp.mails()[0];
        let token = mail.split("#token=").nth(1).and_then(|rest| rest.split("\r\n").next()).expect("a link");
        app.verify(token).await.data();
    }

    async fn what_the_mail_server_refuses_for_good_is_given_up(app: TestApp) {
        let ada = app.register("ada").await;
        let smtp = FakeSmtp::start(&[NEVER]);
        ada.request_verification().await;
        app.post_office_at(&smtp).deliver(Clock.now()).await.expect("delivered");
        assert_eq!((waiting(app).await, smtp.mails().len()), ("0".to_owned(), 0));
    }

    async fn a_mail_is_tried_so_often_and_no_more(app: TestApp) {
        let ada = app.register("ada").await;
        let smtp = FakeSmtp::start(&[LATER; 20]);
        let now = Clock.now();
        let ada = user(app, &ada).await;
        app.services.store.outbox().queue(&ada, MailKind::PasswordChanged, now).await.expect("queued");
        for hours in 0..71 {
            let then = now + Duration::from_hours(hours);
            app.post_office_at(&smtp).deliver(then).await.expect("delivered");
        }
        assert_eq!((waiting(app).await, smtp.commands("MAIL").len()), ("0".to_owned(), 9));
    }

    async fn a_mail_server_that_is_not_there_is_waited_for(app: TestApp) {
        let ada = app.register("ada").await;
        let smtp = FakeSmtp::start(&[]);
        ada.request_verification().await;
        let mut gone = FakeSmtp::start(&[]);
        gone.address = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("an address")
        };
        app.post_office_at(&gone).deliver(Clock.now()).await.expect("delivered");
        assert_eq!(waiting(app).await, "1");
        app.post_office_at(&smtp).deliver(Clock.now() + Duration::from_secs(2)).await.expect("delivered");
        assert_eq!((waiting(app).await, smtp.mails().len()), ("0".to_owned(), 1));
    }

    async fn two_servers_send_each_mail_once(app: TestApp) {
        let mut people = Vec::new();
        for number in 0..10 {
            people.push(app.register(&format!("ada{number}")).await);
        }
        for person in &people {
            person.request_verification().await;
            app.request_reset(&person.email).await.data();
        }
        let other = app.beside(Setup::on(app.backend)).await;
        let smtp = FakeSmtp::start(&[]);
        let (one, another) = (app.post_office_at(&smtp), other.post_office_at(&smtp));
        let now = Clock.now();
        let (first, second) = tokio::join!(one.deliver(now), another.deliver(now));
        first.and(second).expect("both delivered");
        let mut to = smtp.commands("RCPT");
        to.sort();
        let expected = people.iter().flat_map(|one| [one, one]).map(|one| format!("RCPT TO:<{}>", one.email));
        assert_eq!(to, expected.collect::<Vec<_>>());
        assert_eq!(smtp.mails().len(), 20);
    }

    async fn a_mail_that_its_sender_died_over_goes_to_another_when_the_lease_is_over(app: TestApp) {
        let ada = app.register("ada").await;
        ada.request_verification().await;
        let (now, lease) = (Clock.now(), Duration::from_mins(2));
        let outbox = app.services.store.outbox();
        let claimed = outbox.claim(now, lease).await.expect("claimed").expect("a mail");
        assert!(outbox.claim(now, lease).await.expect("asked").is_none());
        assert_eq!(app.mails_at(now + lease - Duration::from_millis(1)).await.len(), 0);
        let mails = app.mails_at(now + lease).await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].file.ends_with("-2-email-verification.eml"), "{}", mails[0].file);
        // Whoever comes back to life has nothing left to put off.
        outbox.put_off(&claimed, now).await.expect("no fault");
        assert_eq!(waiting(app).await, "0");
    }

    async fn a_mail_that_was_withdrawn_while_it_was_claimed_is_not_sent(app: TestApp) {
        let ada = app.register("ada").await;
        ada.request_verification().await;
        let outbox = app.services.store.outbox();
        let claimed = outbox.claim(Clock.now(), Duration::from_mins(2)).await.expect("claimed").expect("a mail");
        ada.request_verification().await;
        let token = taskward::auth::LinkToken::fresh().expect("chance");
        assert!(outbox.prepare(&claimed, &token.hash).await.expect("asked").is_none());
        assert_eq!(app.verify(token.text.expose()).await.field(), "token");
        let newer = app.last_mail().await.token();
        app.verify(&newer).await.data();
        assert_eq!(app.mails().await.len(), 1);
    }

    async fn with_its_user_goes_all_that_is_queued(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        app.request_reset(&ada.email).await.data();
        app.mails().await;
        for person in [&ada, &bob] {
            person.request_verification().await;
        }
        beneath::execute(app.database.url.expose(), "delete from users where email = 'ada@example.com'").await;
        let tokens = "select cast(count(*) as text) from email_tokens";
        assert_eq!(beneath::texts(app.database.url.expose(), tokens).await, ["0"]);
        assert_eq!(waiting(app).await, "1");
        assert_eq!(app.last_mail().await.header("To"), bob.email);
    }

    async fn whoever_sends_wakes_at_once_and_ends_when_told(app: TestApp) {
        let ada = app.register("ada").await;
        let (office, stop) = (app.post_office(), CancellationToken::new());
        let asked = stop.clone();
        let running = tokio::spawn(async move { office.run(&asked).await });
        let begin = Instant::now();
        for number in 1..=3_usize {
            ada.request_verification().await;
            while waiting(app).await != "0" {
                // It would look by itself after ten seconds.
                assert!(begin.elapsed() < Duration::from_secs(8), "it sleeps on");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert_eq!(app.mails_at(Timestamp::BEFORE_ALL).await.len(), number);
        }
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(5), running).await.expect("it ends").expect("no panic");
        ada.data("{ me { id } }", json!({})).await;
    }
}
