//! An activity as a sentence.

use contract::Action;
use contract::activity::{
    ActivityView, Mentioned, NamedInvitation, NamedMembership, NamedOrganization, Subject,
};
use contract::permission::Role;

/// Says what happened.
#[must_use]
pub fn sentence(activity: &ActivityView) -> String {
    // Without a request: by plain SQL, or when the demo workspace was made.
    let who = activity.actor.as_ref().map_or("An operator", name);
    let changed = |field: &str| activity.changed.iter().any(|its| its == field);
    match (&activity.subject, activity.action) {
        (Subject::Organization(_), Action::Created) => format!("{who} created the organization"),
        (Subject::Organization(_), Action::Deleted) => format!("{who} deleted the organization"),
        (Subject::Organization(its), Action::Updated) => {
            format!("{who} {}", settled(its, &changed))
        }
        (Subject::Membership(its), action) => membership(who, activity.actor.as_ref(), action, its),
        (Subject::Invitation(its), action) => {
            invitation(who, activity.actor.as_ref(), action, its, &changed)
        }
        (Subject::Resource(kind, thing), action) => {
            let did = match action {
                Action::Created => "added",
                Action::Updated => "edited",
                Action::Deleted => "deleted",
            };
            format!("{who} {did} the {} “{}”", kind.as_str(), thing.title)
        }
    }
}

fn name(person: &Mentioned) -> &str {
    person.name.as_ref().map_or("A deleted user", |name| name.as_str())
}

fn same(one: Option<&Mentioned>, other: Option<&Mentioned>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.id == other.id)
}

fn renamed(now: &NamedOrganization, name: bool, slug: bool) -> Vec<String> {
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

/// Every setting that changed, in one sentence.
fn settled(now: &NamedOrganization, changed: &impl Fn(&str) -> bool) -> String {
    let mut done = renamed(now, changed("name"), changed("slug"));
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
    actor: Option<&Mentioned>,
    action: Action,
    NamedMembership { person, role }: &NamedMembership,
) -> String {
    let themselves = same(actor, Some(person));
    let (whom, role) = (name(person), with_article(*role));
    match (action, themselves) {
        (Action::Created, true) => format!("{who} joined as {role}"),
        (Action::Created, false) => format!("{who} added {whom} as {role}"),
        (Action::Updated, true) => format!("{who} became {role}"),
        (Action::Updated, false) => format!("{who} made {whom} {role}"),
        (Action::Deleted, true) => format!("{who} left"),
        (Action::Deleted, false) => format!("{who} removed {whom}"),
    }
}

fn invitation(
    who: &str,
    actor: Option<&Mentioned>,
    action: Action,
    NamedInvitation { email, person, role }: &NamedInvitation,
    changed: &impl Fn(&str) -> bool,
) -> String {
    match action {
        Action::Created => format!("{who} invited {email} as {}", with_article(*role)),
        Action::Updated if changed("rejectedAt") => {
            format!("{who} declined the invitation to {email}")
        }
        Action::Updated => format!("{who} resent the invitation to {email}"),
        Action::Deleted if same(actor, person.as_ref()) => {
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

    fn said(kind: &str, action: &str, actor: &Value, subject: Value, changed: &[&str]) -> String {
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
        sentence(&serde_json::from_value(activity).unwrap())
    }

    #[test]
    fn memberships_tell_who_did_it_to_whom() {
        let about = |action, actor: &Value, person, role: &str| {
            said("membership", action, actor, json!({"person": person, "role": role}), &["role"])
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
    fn a_person_without_an_account_has_no_name() {
        let gone = json!({"id": GRACE});
        let subject = json!({"person": gone.clone(), "role": "member"});
        let left = said("membership", "deleted", &gone, subject, &[]);
        assert_eq!(left, "A deleted user left");
    }

    #[test]
    fn new_names_and_addresses_are_told_with_the_former_ones() {
        let now = json!({
            "name": "South", "slug": "south", "before": {"name": "North", "slug": "north"},
        });
        let about = |subject: &Value, changed: &[&str]| {
            said("organization", "updated", &ada(), subject.clone(), changed)
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
    fn every_changed_setting_is_told_in_one_sentence() {
        let now = json!({"name": "South", "slug": "south"});
        let about =
            |changed: &[&str]| said("organization", "updated", &ada(), now.clone(), changed);
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
    fn invitations_tell_what_became_of_them() {
        let about = |action, actor: &Value, changed: &[&str]| {
            let subject = json!({"email": "grace@example.com", "person": grace(), "role": "admin"});
            said("invitation", action, actor, subject, changed)
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
    fn notes_are_named_by_their_titles() {
        let subject = json!({"id": GRACE, "title": "Plan"});
        let told = said("note", "updated", &ada(), subject, &["body"]);
        assert_eq!(told, "Ada edited the note “Plan”");
    }
}
