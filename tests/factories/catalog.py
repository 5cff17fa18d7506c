"""What a database consists of, as text that two moments can be compared by."""

QUERIES = {
    "functions": """
        select p.oid::regprocedure::text, pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '')
          from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname in ('public', 'app', 'auth') and p.prokind in ('f', 'p')
           and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    """,
    "views": """
        select c.oid::regclass::text,
               pg_get_viewdef(c.oid) || concat(c.reloptions::text, c.relacl::text)
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('public', 'app') and c.relkind = 'v'
    """,
    "policies": """
        select tablename || '.' || policyname,
               concat_ws(' | ', permissive, roles::text, cmd, qual, with_check) from pg_policies
    """,
    "triggers": """
        select tgrelid::regclass::text || '.' || tgname, pg_get_triggerdef(oid) || tgenabled::text
          from pg_trigger where not tgisinternal
    """,
    "constraints": """
        select conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid)
          from pg_constraint where conrelid <> 0 and contype <> 'n'
    """,
    "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'public'",
    "columns": """
        select table_name || '.' || column_name,
               concat_ws(' | ', data_type, character_maximum_length, numeric_precision,
                         numeric_scale, is_nullable, column_default)
          from information_schema.columns where table_schema = 'public'
    """,
    "column rights": """
        select attrelid::regclass::text || '.' || attname,
               (select array_agg(a::text order by a::text) from unnest(attacl) a)::text
          from pg_attribute
         where attacl is not null and attrelid in (select oid from pg_class
                where relkind = 'r' and relnamespace = 'public'::regnamespace)
    """,
    "tables": """
        select c.oid::regclass::text,
               concat_ws(' | ', relrowsecurity,
                         (select array_agg(a::text order by a::text) from unnest(relacl) a))
          from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace
    """,
}


def snapshot(cursor):
    """Return {kind: {name: definition}} of the database behind a cursor."""
    definitions = {}
    for kind, query in QUERIES.items():
        cursor.execute(query)
        definitions[kind] = dict(cursor.fetchall())
    return definitions
