-- Who has which rights on the tables and functions of thoughtsearch, compared with who may read the thoughts.

-- readers: the roles that may read whole thoughts: whether row security binds them, who owns the thoughts, and who is
-- asking. None where there is no table yet
SELECT CASE g.grantee WHEN 0::oid THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END,
    c.relrowsecurity AND NOT coalesce(
        r.rolsuper OR r.rolbypassrls OR g.grantee = c.relowner AND NOT c.relforcerowsecurity, false),
    pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)), pg_catalog.quote_ident(current_user)
FROM pg_catalog.pg_class AS c
CROSS JOIN LATERAL (
    SELECT a.grantee FROM pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS a
    WHERE a.privilege_type = 'SELECT'
    UNION
    SELECT b.grantee
    FROM pg_catalog.pg_attribute AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.attacl) AS b
    WHERE o.attrelid = c.oid AND o.attname = ANY(%(columns)s::name[]) AND NOT o.attisdropped AND b.privilege_type = 'SELECT'
    GROUP BY b.grantee
    HAVING pg_catalog.count(*) = (
        SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute AS o
        WHERE o.attrelid = c.oid AND o.attname = ANY(%(columns)s::name[]) AND NOT o.attisdropped)
) AS g
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = g.grantee
WHERE c.oid = pg_catalog.to_regclass(%(table)s)::oid ORDER BY 1;

-- granted: those of these tables that exist: the owner of each, and whether that role owns the thoughts or stands above
-- their owner. Then who else may read it, in part or whole, or make triggers on it, which would run with the rights of
-- whoever writes
SELECT t.name, pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)),
    pg_catalog.pg_has_role(c.relowner, h.relowner, 'USAGE'),
    CASE a.grantee WHEN 0::oid THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
    a.privilege_type
FROM pg_catalog.unnest(%(names)s::text[]) AS t(name)
JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(%(schema)s || t.name)::oid
JOIN pg_catalog.pg_class AS h ON h.oid = pg_catalog.to_regclass(%(table)s)::oid
LEFT JOIN LATERAL (
    SELECT e.grantee, e.privilege_type
    FROM pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS e
    UNION
    SELECT b.grantee, b.privilege_type
    FROM pg_catalog.pg_attribute AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.attacl) AS b WHERE o.attrelid = c.oid
) AS a ON a.grantee <> c.relowner AND a.privilege_type IN ('SELECT', 'TRIGGER')
ORDER BY 1, 4, 5;

-- functions: the functions with these names: arguments and body, and whether this role may change it; whether each looks up
-- names in pg_catalog only, and runs with its owner's rights; whether its owner owns the thoughts or stands above their
-- owner; who else may run it
SELECT p.proname::text, p.oid::regprocedure::text, p.prosrc, pg_catalog.pg_has_role(p.proowner, 'USAGE'),
    'search_path=pg_catalog, pg_temp' = ANY(coalesce(p.proconfig, '{}'::text[])), p.prosecdef,
    pg_catalog.pg_has_role(p.proowner, h.relowner, 'USAGE'),
    ARRAY(
        SELECT CASE a.grantee WHEN 0::oid THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END
        FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a
        WHERE a.grantee <> p.proowner ORDER BY 1)
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_class AS h ON h.oid = pg_catalog.to_regclass(%(table)s)::oid AND h.relnamespace = p.pronamespace
WHERE p.proname = ANY(%(names)s::name[]) ORDER BY 1, 2;

-- triggers: other programs' triggers on these tables of thoughtsearch, or on other tables than that of the thoughts but
-- calling its function
SELECT pg_catalog.quote_ident(t.tgname), t.tgrelid::regclass::text
FROM pg_catalog.pg_trigger AS t
WHERE NOT t.tgisinternal AND (
    t.tgrelid = ANY(ARRAY(
        SELECT pg_catalog.to_regclass(%(schema)s || n.name)::oid FROM pg_catalog.unnest(%(names)s::text[]) AS n(name)))
    OR t.tgfoid = pg_catalog.to_regproc(%(function)s)::oid AND t.tgrelid <> pg_catalog.to_regclass(%(table)s)::oid
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_partition_ancestors(t.tgrelid::regclass) AS a
            WHERE a.relid::oid = pg_catalog.to_regclass(%(table)s)::oid)
) ORDER BY 1, 2;

-- row_security: whether the table has row security
SELECT c.relrowsecurity FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass(%(table)s)::oid;
