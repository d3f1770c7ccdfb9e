-- A text of one line, as the types read it: without white space around it, of whatever alphabet, and
-- without what could make it look like another one. How long it may be, each such domain says itself.
create domain line_text as text
    constraint line_text_without_white_space_before
        check (value !~ '^[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]')
    constraint line_text_without_white_space_behind
        check (value !~ '[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]$')
    constraint line_text_without_controls
        check (value !~ '[\u0001-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]');

-- The domains before it knew no white space but the space: a name of nothing but another one could be
-- written by plain SQL, and no browser could read it. What is there already stays as it is.
alter domain name_text add constraint name_text_line
    check (value::line_text is not null or value is null) not valid;
alter domain note_title_text add constraint note_title_text_line
    check (value::line_text is not null or value is null) not valid;
