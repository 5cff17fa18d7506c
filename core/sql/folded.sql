-- Text as people search and sort it: in lower case, without accents, with one kind of apostrophe
-- and of hyphen. So `Wisniewski` finds Wiśniewski, O'Brien finds O’Brien, and Ähre stands before
-- Zoe whatever the server's own order is (no ICU needed). Relied on by the generated columns
-- sort_name, by the search functions and their indexes, and by core.models.base.Folded.
--
-- unaccent(text) is only STABLE, since its rules could be changed; named with its dictionary, and
-- those rules being the extension's own, the same text always gives the same. SQL and not SECURITY
-- DEFINER: it reads no table.

create or replace function app.folded(words text) returns text
    language sql immutable parallel safe strict
    set search_path = pg_catalog, pg_temp
    return lower(btrim(public.unaccent(
        'public.unaccent'::regdictionary,
        translate(normalize(words, nfc), '’‘‛ʼ′`´‐‑–', '''''''''''''''---'))));
