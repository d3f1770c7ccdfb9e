//! Activities in words, for the audit log and the recent activity.

use contract::Action;
use contract::activity::{
    ActivityView, InvitationSubject, MembershipSubject, OrganizationSubject, PersonSummary, Subject,
};
use contract::permission::Role;

/// Describes the activity in a sentence, such as `Ada removed Grace`.
#[must_use]
pub fn describe_activity(activity: &ActivityView) -> String {
    // Without a request: by SQL, or when the demo workspace was created.
    let who = activity.actor.as_ref().map_or("An operator", name);
    let changed = |field: &str| activity.changed.iter().any(|its| its == field);
    match (&activity.subject, activity.action) {
        (Subject::Organization(_), Action::Created) => format!("{who} created the organization"),
        (Subject::Organization(_), Action::Deleted) => format!("{who} deleted the organization"),
        (Subject::Organization(its), Action::Updated) => {
            format!("{who} {}", settings_changes(its, &changed))
        }
        (Subject::Membership(its), action) => membership(who, activity.actor.as_ref(), action, its),
        (Subject::Invitation(its), action) => {
            invitation(who, activity.actor.as_ref(), action, its, &changed)
        }
        (Subject::Resource(kind, resource), action) => {
            let verb = match action {
                Action::Created => "added",
                Action::Updated => "edited",
                Action::Deleted => "deleted",
            };
            format!("{who} {verb} the {} “{}”", kind.as_str(), resource.title)
        }
    }
}

fn name(person: &PersonSummary) -> &str {
    person.name.as_ref().map_or("A deleted user", |name| name.as_str())
}

fn is_same_person(one: Option<&PersonSummary>, other: Option<&PersonSummary>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.id == other.id)
}

fn name_and_slug_changes(now: &OrganizationSubject, name: bool, slug: bool) -> Vec<String> {
    let before = now.before.as_ref();
    let new_name = || {
        let former = before.map(|its| format!(" from {}", its.name)).unwrap_or_default();
        format!("renamed the organization{former} to {}", now.name)
    };
    let new_slug = || {
        let former = before.map(|its| format!(" from /o/{}", its.slug)).unwrap_or_default();
        format!("changed the URL{former} to /o/{}", now.slug)
    };
    match (name, slug) {
        (true, true) => vec![new_name(), new_slug()],
        (true, false) => vec![new_name()],
        (false, true) => vec![new_slug()],
        (false, false) => Vec::new(),
    }
}

/// Describes all settings that changed, in one sentence.
fn settings_changes(now: &OrganizationSubject, changed: &impl Fn(&str) -> bool) -> String {
    let mut done = name_and_slug_changes(now, changed("name"), changed("slug"));
    match (changed("colour"), changed("description")) {
        (true, true) => done.push("changed the colour and description".to_owned()),
        (true, false) => done.push("changed the colour".to_owned()),
        (false, true) => done.push("changed the description".to_owned()),
        (false, false) => {}
    }
    if changed("picture") {
        done.push("changed the picture".to_owned());
    }
    match done.pop() {
        None => "changed the organization".to_owned(),
        Some(last) if done.is_empty() => last,
        Some(last) => format!("{} and {last}", done.join(", ")),
    }
}

fn membership(
    who: &str,
    actor: Option<&PersonSummary>,
    action: Action,
    MembershipSubject { person, role }: &MembershipSubject,
) -> String {
    let is_self = is_same_person(actor, Some(person));
    let (person, role) = (name(person), with_article(*role));
    match (action, is_self) {
        (Action::Created, true) => format!("{who} joined as {role}"),
        (Action::Created, false) => format!("{who} added {person} as {role}"),
        (Action::Updated, true) => format!("{who} became {role}"),
        (Action::Updated, false) => format!("{who} made {person} {role}"),
        (Action::Deleted, true) => format!("{who} left"),
        (Action::Deleted, false) => format!("{who} removed {person}"),
    }
}

fn invitation(
    who: &str,
    actor: Option<&PersonSummary>,
    action: Action,
    InvitationSubject { email, person, role }: &InvitationSubject,
    changed: &impl Fn(&str) -> bool,
) -> String {
    match action {
        Action::Created => format!("{who} invited {email} as {}", with_article(*role)),
        Action::Updated if changed("rejectedAt") => {
            format!("{who} declined the invitation to {email}")
        }
        Action::Updated => format!("{who} resent the invitation to {email}"),
        Action::Deleted if is_same_person(actor, person.as_ref()) => {
            format!("{who} accepted the invitation to {email}")
        }
        Action::Deleted => format!("{who} revoked the invitation to {email}"),
    }
}

const fn with_article(role: Role) -> &'static str {
    match role {
        Role::Member => "a member",
        Role::Admin => "an admin",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ADA: &str = "00000000-0000-7000-8000-000000000001";
    const GRACE: &str = "00000000-0000-7000-8000-000000000002";

    fn ada() -> Value {
        json!({"id": ADA, "name": "Ada"})
    }

    fn grace() -> Value {
        json!({"id": GRACE, "name": "Grace"})
    }

    fn described(
        kind: &str,
        action: &str,
        actor: &Value,
        subject: Value,
        changed: &[&str],
    ) -> String {
        let mut activity = json!({
            "position": 1,
            "action": action,
            "kind": kind,
            "subject": subject,
            "changed": changed,
            "at": "2026-11-24T08:00:00Z",
        });
        if !actor.is_null() {
            activity["actor"] = actor.clone();
        }
        describe_activity(&serde_json::from_value(activity).unwrap())
    }

    #[test]
    fn membership_sentences_name_actor_and_member() {
        let about = |action, actor: &Value, person, role: &str| {
            described(
                "membership",
                action,
                actor,
                json!({"person": person, "role": role}),
                &["role"],
            )
        };
        assert_eq!(about("updated", &ada(), grace(), "admin"), "Ada made Grace an admin");
        assert_eq!(about("updated", &ada(), ada(), "member"), "Ada became a member");
        assert_eq!(about("created", &grace(), grace(), "member"), "Grace joined as a member");
        assert_eq!(about("deleted", &ada(), grace(), "member"), "Ada removed Grace");
        assert_eq!(about("deleted", &grace(), grace(), "member"), "Grace left");
        let by_sql = about("updated", &Value::Null, grace(), "admin");
        assert_eq!(by_sql, "An operator made Grace an admin");
    }

    #[test]
    fn deleted_user_has_no_name() {
        let gone = json!({"id": GRACE});
        let subject = json!({"person": gone.clone(), "role": "member"});
        let left = described("membership", "deleted", &gone, subject, &[]);
        assert_eq!(left, "A deleted user left");
    }

    #[test]
    fn renaming_mentions_the_former_name_and_slug() {
        let now = json!({
            "name": "South", "slug": "south", "before": {"name": "North", "slug": "north"},
        });
        let about = |subject: &Value, changed: &[&str]| {
            described("organization", "updated", &ada(), subject.clone(), changed)
        };
        assert_eq!(about(&now, &["name"]), "Ada renamed the organization from North to South");
        assert_eq!(about(&now, &["slug"]), "Ada changed the URL from /o/north to /o/south");
        assert_eq!(
            about(&now, &["name", "slug"]),
            "Ada renamed the organization from North to South and changed the URL from /o/north to /o/south"
        );
        let unknown = json!({"name": "South", "slug": "south"});
        assert_eq!(about(&unknown, &["name"]), "Ada renamed the organization to South");
    }

    #[test]
    fn changed_settings_are_joined_in_one_sentence() {
        let now = json!({"name": "South", "slug": "south"});
        let about =
            |changed: &[&str]| described("organization", "updated", &ada(), now.clone(), changed);
        assert_eq!(about(&["colour"]), "Ada changed the colour");
        assert_eq!(about(&["description"]), "Ada changed the description");
        assert_eq!(about(&["picture"]), "Ada changed the picture");
        assert_eq!(
            about(&["name", "slug", "colour", "description"]),
            "Ada renamed the organization to South, changed the URL to /o/south and changed the colour \
             and description"
        );
    }

    #[test]
    fn invitation_sentences_depend_on_the_answer() {
        let about = |action, actor: &Value, changed: &[&str]| {
            let subject = json!({"email": "grace@example.com", "person": grace(), "role": "admin"});
            described("invitation", action, actor, subject, changed)
        };
        assert_eq!(about("created", &ada(), &[]), "Ada invited grace@example.com as an admin");
        let no = about("updated", &grace(), &["rejectedAt"]);
        assert_eq!(no, "Grace declined the invitation to grace@example.com");
        let yes = about("deleted", &grace(), &[]);
        assert_eq!(yes, "Grace accepted the invitation to grace@example.com");
        let back = about("deleted", &ada(), &[]);
        assert_eq!(back, "Ada revoked the invitation to grace@example.com");
    }

    #[test]
    fn notes_are_quoted_by_title() {
        let subject = json!({"id": GRACE, "title": "Plan"});
        let sentence = described("note", "updated", &ada(), subject, &["body"]);
        assert_eq!(sentence, "Ada edited the note “Plan”");
    }
}
