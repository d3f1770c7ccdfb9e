-- What an organization looks like and what it says about itself.

-- The rules of the type `Description`, for whoever writes by plain SQL.
create domain description_text as text
    constraint description_text_length check (char_length(value) <= 500)
    constraint description_text_without_controls
        check (value !~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]');

alter table organizations
    -- Null: nobody chose one, so it follows from the id.
    add column colour text,
    add column description description_text not null default '',
    add constraint organizations_colour_known check (
        colour in ('teal', 'violet', 'rose', 'green', 'amber', 'blue', 'olive', 'slate'));
