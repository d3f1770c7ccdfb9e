//! A message as plain text and as simple HTML, from the same paragraphs.

use contract::Email;

/// A message to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The recipient.
    pub to: Email,
    /// The subject, in one line.
    pub subject: String,
    /// The text.
    pub paragraphs: Vec<Paragraph>,
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paragraph {
    /// Sentences.
    Text(String),
    /// A link: what it does, and its address.
    Link {
        /// The text of the link, such as `Choose a new password`.
        label: String,
        /// The address.
        url: String,
    },
}

impl Message {
    /// Renders the message as plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let paragraphs = self.paragraphs.iter().map(|paragraph| match paragraph {
            Paragraph::Text(text) => format!("{text}\n"),
            Paragraph::Link { label, url } => format!("{label}:\n{url}\n"),
        });
        paragraphs.collect::<Vec<_>>().join("\n")
    }

    /// Renders the message as HTML, without styles and pictures.
    #[must_use]
    pub fn html(&self) -> String {
        let paragraphs: String = self
            .paragraphs
            .iter()
            .map(|paragraph| match paragraph {
                Paragraph::Text(text) => format!("<p>{}</p>\n", escape(text)),
                Paragraph::Link { label, url } => {
                    let url = escape(url);
                    format!("<p>{}:<br><a href=\"{url}\">{url}</a></p>\n", escape(label))
                }
            })
            .collect();
        format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n\
             <body>\n{paragraphs}</body></html>\n",
            escape(&self.subject)
        )
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(name: &str) -> Message {
        Message {
            to: Email::parse("ada@example.com").expect("a valid address"),
            subject: "Confirm your address".to_owned(),
            paragraphs: vec![
                Paragraph::Text(format!("Hello {name},")),
                Paragraph::Link {
                    label: "Confirm".to_owned(),
                    url: "https://tributary.example/x?a=1&b=2".to_owned(),
                },
            ],
        }
    }

    #[test]
    fn text_and_html_have_the_same_content() {
        let message = message("Ada");
        assert_eq!(message.text(), "Hello Ada,\n\nConfirm:\nhttps://tributary.example/x?a=1&b=2\n");
        let html = message.html();
        assert!(html.contains("<p>Hello Ada,</p>"), "{html}");
        assert!(html.contains("href=\"https://tributary.example/x?a=1&amp;b=2\""), "{html}");
    }

    #[test]
    fn html_escapes_what_people_wrote() {
        let html = message("<img src=x onerror='alert(1)'>").html();
        assert!(!html.contains("<img"), "{html}");
    }
}
