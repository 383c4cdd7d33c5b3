//! The trail as an auditor reads it.

use aroeira_clinic::AuditQuery;
use serde_json::json;

use crate::house::{Cast, V1, fields, input};

#[tokio::test]
async fn the_trail_is_filtered_by_day_event_user_and_record() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    cast.other_doctor.record(&id).await.unwrap();
    cast.doctor.amend_record(&id, V1, input(json!({"title": "Outra", "reason": "correção"}))).await.unwrap();
    let _refused = cast.reception.fhir_read("Condition", "x").await;
    let look = async |query: AuditQuery| {
        let page = cast.auditor.audit(query).await.unwrap();
        page.items.iter().map(|entry| entry.event.clone()).collect::<Vec<_>>()
    };
    let all = AuditQuery::default;
    let record = Some(format!("Composition/{id}"));
    assert_eq!(look(AuditQuery { record, ..all() }).await, ["update", "read", "create"]);
    let user = Some(cast.other_doctor_id.clone());
    assert_eq!(look(AuditQuery { user, ..all() }).await, ["read"]);
    assert_eq!(look(AuditQuery { event: Some("denied".into()), ..all() }).await, ["denied"]);
    assert!(look(AuditQuery { to: Some("2026-11-20".into()), ..all() }).await.is_empty());
    assert!(look(AuditQuery { from: Some("22/11/2026".into()), ..all() }).await.is_empty());
    let today = Some("2026-11-21".to_owned());
    assert!(!look(AuditQuery { from: today.clone(), to: today, ..all() }).await.is_empty());
    let wrong = AuditQuery {
        from: Some("ontem".into()),
        event: Some("x".into()),
        record: Some("Composition".into()),
        cursor: Some("-1".into()),
        limit: Some(0),
        ..all()
    };
    let paths: Vec<_> = fields(&cast.auditor.audit(wrong).await.unwrap_err()).into_iter().map(|f| f.0).collect();
    assert_eq!(paths, ["from", "event", "record", "cursor", "limit"]);
}

#[tokio::test]
async fn the_trail_pages_to_its_first_entry_and_holds_no_words() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    cast.doctor.delete_record(&id, V1, Some("motivo muito secreto")).await.unwrap();
    let mut query = AuditQuery { limit: Some(4), ..AuditQuery::default() };
    let mut seen = Vec::new();
    loop {
        let page = cast.auditor.audit(query.clone()).await.unwrap();
        let text = serde_json::to_string(&page).unwrap();
        for word in ["secreto", "Hipertensão", "Ana Souza", "52998224725", "Consulta"] {
            assert!(!text.contains(word), "{word}");
        }
        seen.extend(page.items.iter().map(|entry| entry.sequence));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1] + 1), "{seen:?}");
    assert_eq!(seen.last(), Some(&1));
    let found = cast.auditor.verify().await.unwrap();
    assert!(found.ok && found.entries > 0 && found.head.len() == 64);
}
