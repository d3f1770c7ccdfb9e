-- Texts of one line, such as names, have no characters that show nothing or turn the writing direction,
-- except for those that emoji and some scripts need, after a character that they can change. The type's
-- rules are in `crates/contract/src/text/line.rs`.
alter domain line_text
    add constraint line_text_without_hidden_characters check (value !~
        '[\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180e\u200b\u200e-\u200f\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]');
alter domain line_text
    add constraint line_text_joiners_join check (value !~
        '(^|[\u0001-\u052f\u1680\u2000-\u206f\u3000])[\u200c-\u200d]');
alter domain line_text
    add constraint line_text_variations_vary check (value !~
        '(^|[\u0001-\u0022\u0024-\u0029\u002b-\u002f\u003a-\u00a8\u00aa-\u00ad\u00af-\u052f\u1680\u180b-\u180d\u180f\u2000-\u203b\u203d-\u2048\u204a-\u206f\u3000\ufe00-\ufe0f\U000e0100-\U000e01ef])[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]');
alter domain line_text
    add constraint line_text_tags_follow_a_flag check (value !~
        '(^|[^\U0001f3f4\U000e0020-\U000e007e])[\U000e0020-\U000e007f]');

-- What is stored already loses such characters, and the white space around it that was accepted before
-- migration 63. A text of nothing else gets one that says so.
create function visible_text(value text, otherwise text) returns text
    language plpgsql as
$$
declare
    blank constant text := '[\u0001-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+';
begin
    value := regexp_replace(value, '[\u0001-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]', '', 'g');
    value := regexp_replace(value, '[\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180e\u200b\u200e-\u200f\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]', '', 'g');
    value := regexp_replace(regexp_replace(value, '^' || blank, ''), blank || '$', '');
    begin
        perform value::line_text;
    exception when check_violation then
        -- Those are left that are only somewhere else not allowed: joiners, variations and tags.
        value := regexp_replace(value, '[\u200c-\u200d\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]', '', 'g');
        value := regexp_replace(regexp_replace(value, '^' || blank, ''), blank || '$', '');
    end;
    return coalesce(nullif(value, ''), otherwise);
end;
$$;

create function is_visible_text(value text) returns boolean
    language plpgsql as
$$
begin
    perform value::line_text;
    return true;
exception when check_violation then
    return false;
end;
$$;

update users set name = visible_text(name::text, 'Unnamed') where not is_visible_text(name::text);
update organizations set name = visible_text(name::text, 'Unnamed') where not is_visible_text(name::text);
update notes set title = visible_text(title::text, 'Untitled') where not is_visible_text(title::text);

drop function visible_text, is_visible_text;

alter domain name_text validate constraint name_text_line;
alter domain note_title_text validate constraint note_title_text_line;
