//! Pages with code of their own. Home isn't one of them: it is what most people open first.

use leptos::prelude::*;

use super::chunk::chunks;

chunks! {
    outside:
        Landing(), SignIn(), SignInCode(), SignUp(), AccountLink(), Recover(), CheckMail(),
        EmailConfirmed(), Invitation();
    account: Account(), SignInMethods(), TwoFactor(), Confirm(), System();
    organization_layout: Organization();
    members: Members();
    organization: Notes(), Activity();
}

mod components {
    pub use crate::pages::account::Account;
    pub use crate::pages::account_link::AccountLink;
    pub use crate::pages::confirm::Confirm;
    pub use crate::pages::invitation::Invitation;
    pub use crate::pages::landing::Landing;
    pub use crate::pages::organization::Organization;
    pub use crate::pages::organization::activity::Activity;
    pub use crate::pages::organization::members::Members;
    pub use crate::pages::organization::notes::Notes;
    pub use crate::pages::recover::{CheckMail, EmailConfirmed, Recover};
    pub use crate::pages::sign_in::SignIn;
    pub use crate::pages::sign_in_code::SignInCode;
    pub use crate::pages::sign_in_methods::SignInMethods;
    pub use crate::pages::sign_up::SignUp;
    pub use crate::pages::system::System;
    pub use crate::pages::two_factor::TwoFactor;
}
