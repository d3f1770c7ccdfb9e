-- Texts of one line have no code points that are no characters, and none of those that show nothing and that
-- migration 101 left out. The type's rules are in `crates/contract/src/text/line.rs`.
alter domain line_text
    add constraint line_text_without_noncharacters check (value !~
        '[\ufdd0-\ufdef\ufffe-\uffff\U0001fffe-\U0001ffff\U0002fffe-\U0002ffff\U0003fffe-\U0003ffff\U0004fffe-\U0004ffff\U0005fffe-\U0005ffff\U0006fffe-\U0006ffff\U0007fffe-\U0007ffff\U0008fffe-\U0008ffff\U0009fffe-\U0009ffff\U000afffe-\U000affff\U000bfffe-\U000bffff\U000cfffe-\U000cffff\U000dfffe-\U000dffff\U000efffe-\U000effff\U000ffffe-\U000fffff\U0010fffe-\U0010ffff]');
alter domain line_text
    add constraint line_text_without_fillers check (value !~
        '[\ufffc\U0001107f\U00013430-\U0001345f\U00016fe4\U0001bc9d]');

-- What is stored already loses them, and the white space that is then around it. A text of nothing else gets
-- one that says so.
create function visible_text(value text, otherwise text) returns text
    language plpgsql as
$$
declare
    blank constant text := '[\u0001-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+';
begin
    value := regexp_replace(value, '[\ufdd0-\ufdef\ufffc\ufffe-\uffff\U0001107f\U00013430-\U0001345f\U00016fe4\U0001bc9d\U0001fffe-\U0001ffff\U0002fffe-\U0002ffff\U0003fffe-\U0003ffff\U0004fffe-\U0004ffff\U0005fffe-\U0005ffff\U0006fffe-\U0006ffff\U0007fffe-\U0007ffff\U0008fffe-\U0008ffff\U0009fffe-\U0009ffff\U000afffe-\U000affff\U000bfffe-\U000bffff\U000cfffe-\U000cffff\U000dfffe-\U000dffff\U000efffe-\U000effff\U000ffffe-\U000fffff\U0010fffe-\U0010ffff]', '', 'g');
    value := regexp_replace(regexp_replace(value, '^' || blank, ''), blank || '$', '');
    begin
        perform value::line_text;
    exception when check_violation then
        -- Joiners, variations and tags that now follow something else than they need.
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
update account_links set name = visible_text(name::text, 'Unnamed')
 where name is not null and not is_visible_text(name::text);
update passkeys set name = visible_text(name::text, 'Passkey') where not is_visible_text(name::text);

drop function visible_text, is_visible_text;
