//! The operator's door, through which accounts are seen and nothing of what they own but how much it is.

use serde_json::json;
use taskward::email::EmailAddress;
use taskward::store::{Migrate, Store};
use taskward::time::Clock;

use crate::on_both_databases;
use crate::support::beneath;

on_both_databases! {
    async fn accounts_come_in_pages_in_the_order_in_which_they_were_made(app: TestApp) {
        let mut made = Vec::new();
        for number in 0..5 {
            made.push(app.register(&format!("person{number}")).await.id);
        }
        let store = Store::open(&app.database, Migrate::Check).await.expect("it opens");
        let (mut after, mut listed) = (None, Vec::new());
        loop {
            let page = store.operator().list(after, 2).await.expect("a page");
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            listed.extend(page.iter().map(|account| account.id.to_string()));
        }
        assert_eq!(listed, made);
        store.close().await;
    }

    async fn an_account_is_found_counted_disabled_and_erased(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        for person in [&ada, &bob] {
            let tag = person.create_tag("home").await;
            person.create_task(json!({ "title": "tea", "tagIds": [tag] })).await;
        }
        ada.create_task(json!({ "title": "coffee" })).await;
        let store = Store::open(&app.database, Migrate::Check).await.expect("it opens");
        let (operator, now) = (store.operator(), Clock.now());
        let email = EmailAddress::parse("ADA@example.com").expect("an address");
        let found = operator.find_by_email(&email).await.expect("an answer").expect("an account");
        assert_eq!((found.id.to_string(), found.disabled_at), (ada.id.clone(), None));
        let owned = operator.belongings(found.id, now).await.expect("an answer");
        assert_eq!((owned.tasks, owned.tags, owned.sign_ins), (2, 1, 1));
        app.request_reset(&ada.email).await.data();
        app.last_mail().await;
        assert_eq!(beneath::texts(app.database.url.expose(), "select email_key from email_tokens").await.len(), 1);
        assert!(operator.disable(found.id, now).await.expect("an answer"));
        let disabled = operator.find(found.id).await.expect("an answer").expect("an account");
        assert_eq!(disabled.disabled_at, Some(now));
        assert_eq!(beneath::texts(app.database.url.expose(), "select email_key from email_tokens").await.len(), 0);
        assert_eq!(operator.belongings(found.id, now).await.expect("an answer").sign_ins, 0);
        assert!(operator.enable(found.id).await.expect("an answer"));
        assert!(operator.delete(found.id, now).await.expect("an answer"));
        for gone in [
            operator.disable(found.id, now).await,
            operator.enable(found.id).await,
            operator.delete(found.id, now).await,
        ] {
            assert!(!gone.expect("an answer"));
        }
        assert_eq!(bob.data("{ tasks { totalCount } }", json!({})).await["tasks"]["totalCount"], 1);
        store.close().await;
    }
}
