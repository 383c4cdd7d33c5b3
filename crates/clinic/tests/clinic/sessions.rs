//! Signing in, and what follows: passwords, locks, second factors, sessions.

use aroeira_clinic::{Care, Error, House, Precondition, Refusal, SignedIn};
use serde_json::json;

use crate::house::{Cast, HOUR, MINUTE, PASSWORD, fields, input, sign_in};

fn why<T>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Unauthenticated(refusal)) => refusal,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was accepted"),
    }
}

async fn enter(cast: &Cast, email: &str) -> SignedIn {
    cast.house.sign_in(cast.sign_in(email, PASSWORD, None)).await.unwrap()
}

#[tokio::test]
async fn one_answer_for_whatever_is_wrong() {
    let cast = Cast::new().await;
    let body = json!({"active": false, "version": 1});
    cast.admin.amend_user(&cast.other_doctor_id, Precondition::None, input(body)).await.unwrap();
    let before = cast.entries().await;
    for (clinic, email, password) in [
        ("jatoba", "medica@demo", "errada-12345"),
        ("jatoba", "ninguem@demo", PASSWORD),
        ("jatoba", "medico@demo", PASSWORD),
        ("outra", "medica@demo", PASSWORD),
        ("../jatoba", "medica@demo", PASSWORD),
        ("jatoba", "", ""),
    ] {
        assert_eq!(why(cast.house.sign_in(sign_in(clinic, email, password, None)).await), Refusal::Credentials);
    }
    assert_eq!(cast.entries().await, before + 1 + 4, "failures at this clinic are entries");
    assert_eq!(enter(&cast, " MEDICA@Demo").await.user.email, "medica@demo");
}

#[tokio::test]
async fn an_account_locks_after_failures_and_opens_with_time() {
    let cast = Cast::new().await;
    let attempt = |password: &'static str| cast.house.sign_in(cast.sign_in("medica@demo", password, None));
    for _ in 0..2 {
        assert_eq!(why(attempt("errada-12345").await), Refusal::Credentials);
    }
    enter(&cast, "medica@demo").await;
    for _ in 0..3 {
        assert_eq!(why(attempt("errada-12345").await), Refusal::Credentials, "a success forgives what was before");
    }
    assert_eq!(why(attempt(PASSWORD).await), Refusal::Locked);
    assert_eq!(why(attempt("errada-12345").await), Refusal::Credentials, "only who knows it learns of the lock");
    assert!(cast.admin.user(&cast.doctor_id).await.unwrap().value.locked_until.is_some());
    cast.place.pass(30 * MINUTE - 1);
    assert_eq!(why(attempt(PASSWORD).await), Refusal::Locked);
    cast.place.pass(1);
    let signed = attempt(PASSWORD).await.unwrap();
    assert!(signed.user.locked_until.is_none());
}

#[tokio::test]
async fn guesses_side_by_side_do_not_outrun_the_lock() {
    let cast = Cast::new().await;
    let mut running = Vec::new();
    for i in 0..12 {
        let house = cast.house.clone();
        let password = if i == 11 { PASSWORD.to_owned() } else { format!("errada-{i}-1") };
        running
            .push(tokio::spawn(async move { house.sign_in(sign_in("jatoba", "medica@demo", &password, None)).await }));
    }
    for one in running {
        assert!(one.await.unwrap().is_err());
    }
}

#[tokio::test]
async fn passwords_have_rules_and_the_last_two_are_not_used_again() {
    let cast = Cast::new().await;
    let session = enter(&cast, "medica@demo").await;
    let other = enter(&cast, "medica@demo").await;
    let caller = cast.house.caller(&session.token).await.unwrap();
    let change = |current: &'static str, new: &'static str| cast.doctor.change_password(&caller.session, current, new);
    assert_eq!(why(change("errada-12345", "nova-senha-1").await), Refusal::Credentials);
    for weak in ["curta1", "semnumeros", "1234567890", ""] {
        assert_eq!(fields(&change(PASSWORD, weak).await.unwrap_err())[0].1, "password.rules");
    }
    let reused = |error: Error| assert_eq!(fields(&error)[0].1, "password.reused");
    reused(change(PASSWORD, PASSWORD).await.unwrap_err());
    change(PASSWORD, "nova-senha-1").await.unwrap();
    reused(change("nova-senha-1", PASSWORD).await.unwrap_err());
    reused(change("nova-senha-1", "nova-senha-1").await.unwrap_err());
    change("nova-senha-1", "nova-senha-2").await.unwrap();
    change("nova-senha-2", PASSWORD).await.unwrap();
    assert!(cast.house.caller(&session.token).await.is_ok());
    assert_eq!(why(cast.house.caller(&other.token).await), Refusal::NoSession, "other sessions ended");
}

#[tokio::test]
async fn a_reset_password_must_be_changed_and_ends_what_was() {
    let cast = Cast::new().await;
    let before = enter(&cast, "medica@demo").await;
    let made = cast.admin.reset_password(&cast.doctor_id, true).await.unwrap();
    assert_eq!(why(cast.house.caller(&before.token).await), Refusal::NoSession);
    assert_eq!(why(cast.house.sign_in(cast.sign_in("medica@demo", PASSWORD, None)).await), Refusal::Credentials);
    let after = cast.house.sign_in(cast.sign_in("medica@demo", &made, None)).await.unwrap();
    assert!(after.user.must_change_password);
    let caller = cast.house.caller(&after.token).await.unwrap();
    assert!(caller.must_change_password);
    let old = cast.doctor.change_password(&caller.session, &made, PASSWORD).await;
    assert_eq!(fields(&old.unwrap_err())[0].1, "password.reused");
    cast.doctor.change_password(&caller.session, &made, "nova-senha-1").await.unwrap();
    assert!(!cast.house.caller(&after.token).await.unwrap().must_change_password);
    let (_, generated) =
        cast.admin.create_user(input(json!({"email": "n@x", "name": "N", "role": "NURSE"}))).await.unwrap();
    let first = cast.house.sign_in(cast.sign_in("n@x", &generated.unwrap(), None)).await.unwrap();
    assert!(first.user.must_change_password && first.must_accept_terms);
}

fn code(secret: &str, cast: &Cast) -> String {
    let now = cast.place.hand.load(std::sync::atomic::Ordering::SeqCst) / 1000;
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_algorithm(totp_rs::Algorithm::SHA1).with_secret(secret).build().unwrap();
    totp.generate(u64::try_from(now).unwrap()).to_string()
}

#[tokio::test]
async fn a_second_factor_is_asked_for_once_confirmed_and_a_code_is_taken_once() {
    let cast = Cast::new().await;
    let attempt = |otp: Option<String>| {
        let sign_in = cast.sign_in("medica@demo", PASSWORD, otp.as_deref());
        cast.house.sign_in(sign_in)
    };
    assert_eq!(why(cast.doctor.enrol_totp("errada-12345").await), Refusal::Credentials);
    let enrolled = cast.doctor.enrol_totp(PASSWORD).await.unwrap();
    assert!(enrolled.uri.starts_with("otpauth://totp/Aroeira:") && enrolled.uri.contains(&enrolled.secret));
    attempt(None).await.unwrap();
    assert_eq!(why(cast.doctor.confirm_totp("000000x").await), Refusal::OtpWrong);
    let first = code(&enrolled.secret, &cast);
    cast.doctor.confirm_totp(&first).await.unwrap();
    assert_eq!(why(attempt(None).await), Refusal::OtpRequired);
    assert_eq!(why(attempt(Some(first)).await), Refusal::OtpWrong, "it was used to confirm");
    cast.place.pass(30_000);
    let next = code(&enrolled.secret, &cast);
    let (one, two) = tokio::join!(attempt(Some(next.clone())), attempt(Some(next.clone())));
    assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|good| **good).count(), 1, "sent twice at once");
    assert_eq!(why(attempt(Some(next)).await), Refusal::OtpWrong);
    // Another one that is begun and not confirmed takes the first away from nobody.
    cast.doctor.enrol_totp(PASSWORD).await.unwrap();
    assert_eq!(why(attempt(None).await), Refusal::OtpRequired);
    cast.doctor.drop_totp(PASSWORD).await.unwrap();
    attempt(None).await.unwrap();
}

#[tokio::test]
async fn sessions_outlive_a_restart_and_end_when_told() {
    let mut cast = Cast::new().await;
    let one = enter(&cast, "medica@demo").await;
    let two = enter(&cast, "medica@demo").await;
    cast.house.close().await;
    assert!(matches!(cast.house.caller(&one.token).await, Err(Error::Unavailable(_))));
    let reopened = reopen(&mut cast);
    let caller = reopened.caller(&one.token).await.unwrap();
    assert_eq!(caller.actor.user, cast.doctor_id);
    let mine = crate::house::desk(&caller.clinic, &cast.doctor_id, caller.actor.role, None);
    let sessions = mine.sessions(&caller.session).await.unwrap();
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|session| !session.current).unwrap();
    // Nobody ends those of somebody else.
    let stranger = crate::house::desk(&caller.clinic, &cast.other_doctor_id, caller.actor.role, None);
    assert!(matches!(stranger.end_session(&other.id).await, Err(Error::NotFound)));
    mine.end_session(&other.id).await.unwrap();
    assert_eq!(why(reopened.caller(&two.token).await), Refusal::NoSession);
    assert!(reopened.caller(&one.token).await.is_ok());
    for broken in
        ["", ".", "jatoba", "jatoba..", "jatoba.x.y", "../x.y.z", &format!("{}x", one.token), &"a.".repeat(9000)]
    {
        assert_eq!(why(reopened.caller(broken).await), Refusal::NoSession, "{broken}");
    }
    cast.place.pass(12 * HOUR);
    assert_eq!(why(reopened.caller(&one.token).await), Refusal::NoSession, "it expired");
}

/// The same data, opened anew; the house that was is let go first, since one process owns an installation.
fn reopen(cast: &mut Cast) -> House {
    let stand_in = crate::house::Place::new();
    let other = stand_in.open(Care::Open, 1);
    let before = std::mem::replace(&mut cast.house, other);
    drop(before);
    cast.place.open(Care::Open, 4)
}

#[tokio::test]
async fn roles_and_deactivation_take_effect_at_once() {
    let cast = Cast::new().await;
    let session = enter(&cast, "medica@demo").await;
    assert!(cast.house.caller(&session.token).await.is_ok());
    let body = json!({"role": "NURSE", "version": 1});
    cast.admin.amend_user(&cast.doctor_id, Precondition::None, input(body)).await.unwrap();
    assert_eq!(why(cast.house.caller(&session.token).await), Refusal::NoSession);
    let session = enter(&cast, "medica@demo").await;
    assert_eq!(cast.house.caller(&session.token).await.unwrap().actor.role, aroeira_clinic::Role::Nurse);
    let body = json!({"active": false, "version": 2});
    cast.admin.amend_user(&cast.doctor_id, Precondition::None, input(body)).await.unwrap();
    assert_eq!(why(cast.house.caller(&session.token).await), Refusal::NoSession);
}

#[tokio::test]
async fn an_idle_screen_locks_and_the_password_opens_it() {
    let cast = Cast::new().await;
    let session = enter(&cast, "medica@demo").await;
    cast.place.pass(15 * MINUTE);
    assert!(!cast.house.caller(&session.token).await.unwrap().screen_locked, "fifteen minutes are within");
    cast.place.pass(15 * MINUTE + 1);
    let caller = cast.house.caller(&session.token).await.unwrap();
    assert!(caller.screen_locked);
    assert!(cast.house.caller(&session.token).await.unwrap().screen_locked, "a request opens nothing");
    assert_eq!(why(cast.doctor.unlock_screen(&caller.session, "errada-12345").await), Refusal::Credentials);
    cast.doctor.unlock_screen(&caller.session, PASSWORD).await.unwrap();
    assert!(!cast.house.caller(&session.token).await.unwrap().screen_locked);
    cast.doctor.lock_screen(&caller.session).await.unwrap();
    assert!(cast.house.caller(&session.token).await.unwrap().screen_locked);
    assert!(cast.other_doctor.unlock_screen(&caller.session, PASSWORD).await.is_err());
}

#[tokio::test]
async fn terms_are_accepted_once_and_the_last_sign_in_is_told() {
    let cast = Cast::new().await;
    let first = enter(&cast, "medica@demo").await;
    assert!(first.must_accept_terms && first.previous_login.is_none());
    assert!(cast.house.caller(&first.token).await.unwrap().must_accept_terms);
    cast.doctor.accept_terms().await.unwrap();
    assert!(!cast.house.caller(&first.token).await.unwrap().must_accept_terms);
    cast.place.pass(HOUR);
    let second = enter(&cast, "medica@demo").await;
    assert!(!second.must_accept_terms);
    assert_eq!(second.previous_login.unwrap().0, second.expires_at.0 - 13 * HOUR);
}

#[tokio::test]
async fn more_clinics_than_stay_open_all_work() {
    let place = crate::house::Place::new();
    let house = place.open(Care::Open, 2);
    let slugs: Vec<String> = (0..5).map(|i| format!("clinica-{i}")).collect();
    let mut tokens = Vec::new();
    for slug in &slugs {
        let admin = crate::house::new_user("a@x", aroeira_clinic::Role::Admin, None);
        house.add_clinic(slug, "Clínica", admin).await.unwrap();
        tokens.push(house.sign_in(sign_in(slug, "a@x", PASSWORD, None)).await.unwrap().token);
    }
    for _ in 0..2 {
        for (slug, token) in slugs.iter().zip(&tokens) {
            assert_eq!(house.caller(token).await.unwrap().slug, *slug);
            assert!(house.verify(slug).await.unwrap().ok);
        }
    }
    // A token is its own clinic's.
    let foreign = tokens[0].replace("clinica-0", "clinica-1");
    assert_eq!(why(house.caller(&foreign).await), Refusal::NoSession);
    assert!(house.vitals().open_clinics <= 3);
}
