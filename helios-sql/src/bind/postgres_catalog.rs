//! Functions and tables of PostgreSQL's catalog that are written in SQL over the tables of
//! [`crate::session`]'s.

/// What defines a constraint, and a view.
const CONSTRAINT: &str =
    "(SELECT text_ FROM (SELECT oid AS oid_, definition AS text_ FROM helios_constraints) WHERE oid_ = $1)";
const VARIANCE: &str =
    "(sum($1::float8 * $1) - sum($1::float8) * sum($1::float8) / count($1)) / nullif(count($1) - 1, 0)";
const DEVIATION: &str =
    "sqrt((sum($1::float8 * $1) - sum($1::float8) * sum($1::float8) / count($1)) / nullif(count($1) - 1, 0))";
const VIEW: &str =
    "(SELECT text_ FROM (SELECT oid AS oid_, definition AS text_ FROM pg_views) WHERE oid_ = $1)";

/// What is known of how tables and indexes are used: nothing is counted.
const TABLE_STATISTICS: &str = "SELECT c_.oid AS relid, n_.nspname AS schemaname, c_.relname AS relname, 0::int8 AS seq_scan, 0::int8 AS seq_tup_read, \
     0::int8 AS idx_scan, 0::int8 AS idx_tup_fetch, 0::int8 AS n_tup_ins, 0::int8 AS n_tup_upd, 0::int8 AS n_tup_del, 0::int8 \
     AS n_tup_hot_upd, 0::int8 AS n_live_tup, 0::int8 AS n_dead_tup, 0::int8 AS n_mod_since_analyze, 0::int8 AS \
     n_ins_since_vacuum, NULL::timestamptz AS last_vacuum, NULL::timestamptz AS last_autovacuum, NULL::timestamptz AS \
     last_analyze, NULL::timestamptz AS last_autoanalyze, 0::int8 AS vacuum_count, 0::int8 AS autovacuum_count, 0::int8 AS \
     analyze_count, 0::int8 AS autoanalyze_count FROM pg_class c_ JOIN pg_namespace n_ ON n_.oid = c_.relnamespace WHERE \
     c_.relkind = 'r' AND n_.nspname <> 'pg_catalog'";
const INDEX_STATISTICS: &str = "SELECT x_.indrelid AS relid, x_.indexrelid AS indexrelid, n_.nspname AS schemaname, t_.relname AS relname, c_.relname AS \
     indexrelname, 0::int8 AS idx_scan, 0::int8 AS idx_tup_read, 0::int8 AS idx_tup_fetch FROM pg_index x_ JOIN pg_class c_ ON \
     c_.oid = x_.indexrelid JOIN pg_class t_ ON t_.oid = x_.indrelid JOIN pg_namespace n_ ON n_.oid = t_.relnamespace";

/// Numbers of the catalog by the type that they are cast to, and the names that they belong to. As in [`WRITTEN_IN_SQL`], no
/// table has columns of the names that are used.
pub(super) const NAMES_OF_NUMBERS: &[(&str, &str)] = &[
    (
        "regclass",
        "coalesce((SELECT text_ FROM (SELECT oid AS oid_, relname AS text_ FROM pg_class) WHERE oid_ = $1), $1::text)",
    ),
    (
        "regtype",
        "coalesce((SELECT text_ FROM (SELECT oid AS oid_, formatted AS text_ FROM helios_types) WHERE oid_ = $1), \
         $1::text)",
    ),
    (
        "regproc",
        "coalesce((SELECT text_ FROM (SELECT oid AS oid_, proname AS text_ FROM pg_proc) WHERE oid_ = $1), $1::text)",
    ),
    (
        "regnamespace",
        "coalesce((SELECT text_ FROM (SELECT oid AS oid_, nspname AS text_ FROM pg_namespace) WHERE oid_ = $1), \
         $1::text)",
    ),
    (
        "regrole",
        "coalesce((SELECT text_ FROM (SELECT oid AS oid_, rolname AS text_ FROM pg_roles) WHERE oid_ = $1), $1::text)",
    ),
];

/// The numbers of the catalog that names, or texts of numbers, belong to, by the type that those are cast to.
pub(super) const NUMBERS_OF_NAMES: &[(&str, &str)] = &[
    (
        "regclass",
        "coalesce((SELECT oid_ FROM (SELECT oid AS oid_, relname AS text_ FROM pg_class) WHERE text_ = \
         replace(replace(replace($1, 'pg_catalog.', ''), 'public.', ''), '\"', '') OR oid_ = $1), \
         undefined_relation($1))",
    ),
    (
        "regtype",
        "coalesce((SELECT oid_ FROM (SELECT h_.oid AS oid_, h_.formatted AS text_, t_.typname AS name_ FROM helios_types h_ JOIN \
         pg_type t_ ON t_.oid = h_.oid) WHERE name_ = regtype_name($1) OR text_ = regtype_name($1) OR oid_ = $1 LIMIT 1), \
         undefined_type($1))",
    ),
    (
        "regnamespace",
        "(SELECT oid_ FROM (SELECT oid AS oid_, nspname AS text_ FROM pg_namespace) WHERE text_ = $1 OR oid_ = $1)",
    ),
    (
        "regproc",
        "(SELECT oid_ FROM (SELECT oid AS oid_, proname AS text_ FROM pg_proc) WHERE text_ = replace($1, 'pg_catalog.', '') OR \
         oid_ = $1 LIMIT 1)",
    ),
    (
        "regrole",
        "(SELECT oid_ FROM (SELECT oid AS oid_, rolname AS text_ FROM pg_roles) WHERE text_ = $1 OR oid_ = $1)",
    ),
];

/// Functions that are expressions over their arguments: the name, how many arguments it has, and the expression. What a
/// query in one calls its columns, no table has: so arguments mean what they mean where the call stands.
pub(super) const WRITTEN_IN_SQL: &[(&str, usize, &str)] = &[
    ("version", 0, "'PostgreSQL 15.8 (helios)'"),
    ("current_schema", 0, "'public'::name"),
    ("current_schemas", 1, "CASE WHEN $1 THEN '{pg_catalog,public}' ELSE '{public}' END::name[]"),
    ("pg_backend_pid", 0, "current_setting('helios.process_id')::int4"),
    ("session_user", 0, "current_user"),
    ("user", 0, "current_user"),
    ("current_role", 0, "current_user"),
    ("current_catalog", 0, "current_database()"),
    ("pg_table_is_visible", 1, "true"),
    ("pg_type_is_visible", 1, "true"),
    ("pg_function_is_visible", 1, "true"),
    ("pg_opclass_is_visible", 1, "true"),
    ("pg_operator_is_visible", 1, "true"),
    ("pg_collation_is_visible", 1, "true"),
    ("pg_is_in_recovery", 0, "false"),
    ("jsonb_path_exists_opr", 2, "jsonb_path_exists($1, $2, '{}', true)"),
    ("jsonb_path_match_opr", 2, "jsonb_path_match($1, $2, '{}', true)"),
    ("pg_is_wal_replay_paused", 0, "false"),
    ("localtime", 0, "localtimestamp::time"),
    ("has_table_privilege", 2, "true"),
    ("has_table_privilege", 3, "true"),
    ("has_schema_privilege", 2, "true"),
    ("has_schema_privilege", 3, "true"),
    ("has_database_privilege", 2, "true"),
    ("has_database_privilege", 3, "true"),
    (
        "pg_get_userbyid",
        1,
        "(SELECT text_ FROM (SELECT oid AS oid_, rolname AS text_ FROM pg_roles) WHERE oid_ = $1)",
    ),
    ("pg_encoding_to_char", 1, "'UTF8'::name"),
    ("pg_get_expr", 2, "$1"),
    ("pg_get_expr", 3, "$1"),
    (
        "pg_get_indexdef",
        1,
        "(SELECT text_ FROM (SELECT oid AS oid_, definition AS text_ FROM helios_indexes) WHERE oid_ = $1)",
    ),
    (
        "pg_get_indexdef",
        3,
        "CASE WHEN $2 = 0 THEN \
         (SELECT text_ FROM (SELECT oid AS oid_, definition AS text_ FROM helios_indexes) WHERE oid_ = $1) ELSE \
         (SELECT text_[$2] FROM (SELECT oid AS oid_, columns AS text_ FROM helios_indexes) WHERE oid_ = $1) END",
    ),
    (
        "like_any",
        2,
        "CASE WHEN $1 IS NOT NULL THEN EXISTS (SELECT 1 FROM unnest($2) AS p_(v_) WHERE $1 LIKE v_) END",
    ),
    (
        "like_all",
        2,
        "CASE WHEN $1 IS NOT NULL THEN NOT EXISTS (SELECT 1 FROM unnest($2) AS p_(v_) WHERE NOT ($1 LIKE v_)) END",
    ),
    (
        "ilike_any",
        2,
        "CASE WHEN $1 IS NOT NULL THEN EXISTS (SELECT 1 FROM unnest($2) AS p_(v_) WHERE $1 ILIKE v_) END",
    ),
    (
        "ilike_all",
        2,
        "CASE WHEN $1 IS NOT NULL THEN NOT EXISTS (SELECT 1 FROM unnest($2) AS p_(v_) WHERE NOT ($1 ILIKE v_)) END",
    ),
    (
        "not_like_any",
        2,
        "CASE WHEN $1 IS NOT NULL THEN EXISTS (SELECT 1 FROM unnest($2) AS p_(v_) WHERE $1 NOT LIKE v_) END",
    ),
    (
        "not_like_all",
        2,
        "CASE WHEN $1 IS NOT NULL THEN NOT EXISTS (SELECT 1 FROM unnest($2) AS p_(v_) WHERE NOT ($1 NOT LIKE v_)) END",
    ),
    (
        "not_ilike_any",
        2,
        "CASE WHEN $1 IS NOT NULL THEN EXISTS (SELECT 1 FROM unnest($2) AS p_(v_) WHERE $1 NOT ILIKE v_) END",
    ),
    (
        "not_ilike_all",
        2,
        "CASE WHEN $1 IS NOT NULL THEN NOT EXISTS (SELECT 1 FROM unnest($2) AS p_(v_) WHERE NOT ($1 NOT ILIKE v_)) END",
    ),
    ("log", 2, "(ln($2) / ln($1))::numeric"),
    ("uuid_generate_v4", 0, "gen_random_uuid()"),
    ("pg_get_constraintdef", 1, CONSTRAINT),
    ("pg_get_constraintdef", 2, CONSTRAINT),
    ("pg_get_viewdef", 1, VIEW),
    ("pg_get_viewdef", 2, VIEW),
    (
        "pg_get_serial_sequence",
        2,
        "(SELECT 'public.' || quote_ident(sequence_) FROM (SELECT c_.relname AS table_, a_.attname AS column_, s_.relname AS \
         sequence_ FROM pg_depend d_ JOIN pg_class s_ ON s_.oid = d_.objid JOIN pg_class c_ ON c_.oid = d_.refobjid JOIN \
         pg_attribute a_ ON a_.attrelid = d_.refobjid AND a_.attnum = d_.refobjsubid) WHERE table_ = replace(replace($1, \
         'public.', ''), '\"', '') AND column_ = $2)",
    ),
    ("pg_get_partkeydef", 1, "NULL::text"),
    ("pg_relation_is_publishable", 1, "false"),
    ("pg_get_statisticsobjdef_columns", 1, "NULL::text"),
    ("pg_get_triggerdef", 2, "NULL::text"),
    ("pg_get_function_result", 1, "NULL::text"),
    ("pg_get_function_arguments", 1, "NULL::text"),
    ("pg_get_function_identity_arguments", 1, "NULL::text"),
    (
        "obj_description",
        1,
        "(SELECT text_ FROM (SELECT objoid AS oid_, objsubid AS place_, description AS text_ FROM pg_description) WHERE \
         oid_ = $1 AND place_ = 0)",
    ),
    (
        "obj_description",
        2,
        "(SELECT text_ FROM (SELECT objoid AS oid_, classoid AS class_, objsubid AS place_, description AS text_ FROM \
         pg_description) WHERE oid_ = $1 AND place_ = 0 AND class_ = CASE $2::text WHEN 'pg_class' THEN 1259 WHEN \
         'pg_constraint' THEN 2606 END)",
    ),
    (
        "col_description",
        2,
        "(SELECT text_ FROM (SELECT objoid AS oid_, objsubid AS place_, description AS text_ FROM pg_description) WHERE \
         oid_ = $1 AND place_ = $2)",
    ),
    ("shobj_description", 2, "NULL::text"),
    ("pg_tablespace_location", 1, "''::text"),
    ("pg_database_size", 1, "0::int8"),
    ("pg_table_size", 1, "0::int8"),
    ("pg_relation_size", 1, "0::int8"),
    ("pg_total_relation_size", 1, "0::int8"),
    ("pg_indexes_size", 1, "0::int8"),
    ("txid_current", 0, "1::int8"),
    (
        "to_regclass",
        1,
        "(SELECT oid_ FROM (SELECT oid AS oid_, relname AS text_ FROM pg_class) WHERE text_ = replace($1, 'public.', ''))",
    ),
    (
        "to_regtype",
        1,
        "(SELECT oid_ FROM (SELECT h_.oid AS oid_, h_.formatted AS text_, t_.typname AS name_ FROM helios_types h_ JOIN \
         pg_type t_ ON t_.oid = h_.oid) WHERE name_ = regtype_name($1) OR text_ = regtype_name($1) LIMIT 1)",
    ),
    (
        "format_type",
        2,
        "regexp_replace((SELECT text_ FROM (SELECT oid AS oid_, formatted AS text_ FROM helios_types) WHERE oid_ = $1), \
         '^(timestamp|time)', CASE WHEN $2 >= 0 THEN '\\1(' || $2 || ')' ELSE '\\1' END) || CASE WHEN $1 IN (1042, 1043) AND $2 > \
         4 THEN '(' || ($2 - 4) || ')' WHEN $1 = 1700 AND $2 > 4 THEN '(' || ((($2 - 4) >> 16) & 65535) || ',' || (($2 - 4) & \
         65535) || ')' ELSE '' END",
    ),
    ("has_column_privilege", 3, "true"),
    ("has_column_privilege", 4, "true"),
    ("has_sequence_privilege", 2, "true"),
    ("has_sequence_privilege", 3, "true"),
    ("has_function_privilege", 2, "true"),
    ("has_function_privilege", 3, "true"),
    ("has_any_column_privilege", 2, "true"),
    ("has_any_column_privilege", 3, "true"),
    ("pg_has_role", 2, "true"),
    ("pg_has_role", 3, "true"),
    ("pg_statistics_obj_is_visible", 1, "true"),
    ("pg_conversion_is_visible", 1, "true"),
    ("pg_ts_config_is_visible", 1, "true"),
    ("pg_ts_dict_is_visible", 1, "true"),
    ("pg_ts_parser_is_visible", 1, "true"),
    ("pg_ts_template_is_visible", 1, "true"),
    ("pg_relation_filenode", 1, "0::oid"),
    ("pg_get_ruledef", 1, "NULL::text"),
    ("pg_get_ruledef", 2, "NULL::text"),
    ("pg_get_triggerdef", 1, "NULL::text"),
    ("pg_get_functiondef", 1, "NULL::text"),
    ("pg_get_function_arg_default", 2, "NULL::text"),
    ("pg_get_function_sqlbody", 1, "NULL::text"),
    ("pg_get_partition_constraintdef", 1, "NULL::text"),
    ("pg_get_statisticsobjdef", 1, "NULL::text"),
    ("pg_get_replica_identity_index", 1, "0::oid"),
    ("pg_collation_for", 1, "'\"default\"'::text"),
    ("pg_stat_get_numscans", 1, "0::int8"),
    ("inet_server_addr", 0, "NULL::text"),
    ("inet_client_addr", 0, "NULL::text"),
    ("inet_server_port", 0, "NULL::int4"),
    ("pg_conf_load_time", 0, "now()"),
    ("pg_my_temp_schema", 0, "0::oid"),
    ("pg_is_other_temp_schema", 1, "false"),
    ("array_ndims", 1, "CASE WHEN array_length($1, 1) > 0 THEN 1 END::int4"),
    ("btrim", 1, "trim($1)"),
    ("btrim", 2, "trim($1, $2)"),
    ("log10", 1, "log($1)"),
    ("cbrt", 1, "sign($1) * power(abs($1), 1.0::float8 / 3)"),
    ("isfinite", 1, "CASE WHEN $1 IS NOT NULL THEN $1::text NOT IN ('infinity', '-infinity') END"),
    ("setseed", 1, "''::text"),
    (
        "var_pop",
        1,
        "(sum($1::float8 * $1) - sum($1::float8) * sum($1::float8) / count($1)) / nullif(count($1), 0)",
    ),
    ("var_samp", 1, VARIANCE),
    ("variance", 1, VARIANCE),
    (
        "stddev_pop",
        1,
        "sqrt((sum($1::float8 * $1) - sum($1::float8) * sum($1::float8) / count($1)) / nullif(count($1), 0))",
    ),
    ("stddev_samp", 1, DEVIATION),
    ("stddev", 1, DEVIATION),
    ("json_strip_nulls", 1, "json(jsonb_strip_nulls($1::jsonb))::json"),
    ("bit_and", 1, "array_bits(array_agg($1), true)"),
    ("bit_or", 1, "array_bits(array_agg($1), false)"),
    ("every", 1, "min($1)"),
    ("bool_and", 1, "min($1)"),
    ("bool_or", 1, "max($1)"),
];

/// Tables of the catalog that are queries over others: the name and the query.
pub(super) const VIEWS: &[(&str, &str)] = &[
    (
        "pg_database",
        "SELECT 5::oid AS oid, current_database() AS datname, 10::oid AS datdba, 6 AS encoding, 'c' AS datlocprovider, \
         false AS datistemplate, true AS datallowconn, -1 AS datconnlimit, 0::oid AS dattablespace, 'C' AS datcollate, \
         'C' AS datctype, NULL::text AS daticulocale, NULL::text AS datcollversion, NULL::text AS datacl",
    ),
    (
        "pg_tables",
        "SELECT CASE c_.relnamespace WHEN 2200 THEN 'public' WHEN 11 THEN 'pg_catalog' ELSE 'pg_temp_1' END::name AS schemaname, \
         c_.relname AS tablename, 'helios'::name AS tableowner, NULL::name AS \
         tablespace, c_.relhasindex AS hasindexes, false AS hasrules, c_.relhastriggers AS hastriggers, false AS \
         rowsecurity FROM pg_class c_ WHERE c_.relkind = 'r'",
    ),
    (
        "pg_views",
        "SELECT CASE c_.relnamespace WHEN 2200 THEN 'public' WHEN 11 THEN 'pg_catalog' ELSE 'pg_temp_1' END::name AS schemaname, \
         c_.relname AS viewname, 'helios'::name AS viewowner, d_.definition AS \
         definition, c_.oid AS oid FROM pg_class c_ JOIN helios_definitions d_ ON d_.oid = c_.oid WHERE c_.relkind = 'v'",
    ),
    (
        "pg_indexes",
        "SELECT CASE t_.relpersistence WHEN 't' THEN 'pg_temp_1' ELSE 'public' END::name AS schemaname, t_.relname AS tablename, c_.relname AS indexname, NULL::name AS tablespace, \
         i_.definition AS indexdef FROM helios_indexes i_ JOIN pg_class c_ ON c_.oid = i_.oid JOIN pg_index x_ ON \
         x_.indexrelid = i_.oid JOIN pg_class t_ ON t_.oid = x_.indrelid",
    ),
    ("pg_stat_user_tables", TABLE_STATISTICS),
    (
        "pg_settings",
        "SELECT n_.name AS name, current_setting(n_.name) AS setting, n_.unit AS unit, ''::text AS category, ''::text AS \
         short_desc, NULL::text AS extra_desc, n_.context AS context, n_.vartype AS vartype, 'default'::text AS source, \
         NULL::text AS min_val, NULL::text AS max_val, NULL::text[] AS enumvals, current_setting(n_.name) AS boot_val, \
         current_setting(n_.name) AS reset_val, NULL::text AS sourcefile, NULL::int4 AS sourceline, false AS \
         pending_restart FROM (VALUES ('application_name', NULL, 'string', 'user'), ('backslash_quote', NULL, 'enum', \
         'user'), ('bytea_output', NULL, 'enum', 'user'), ('check_function_bodies', NULL, 'bool', 'user'), \
         ('client_encoding', NULL, 'enum', 'user'), ('client_min_messages', NULL, 'string', 'user'), ('DateStyle', NULL, \
         'enum', 'user'), ('default_table_access_method', NULL, 'enum', 'user'), ('default_tablespace', NULL, 'enum', \
         'user'), ('default_transaction_deferrable', NULL, 'enum', 'user'), ('default_transaction_isolation', NULL, \
         'enum', 'user'), ('default_transaction_read_only', NULL, 'bool', 'user'), ('escape_string_warning', NULL, \
         'bool', 'user'), ('extra_float_digits', NULL, 'integer', 'user'), ('geqo', NULL, 'bool', 'user'), \
         ('helios.branch', NULL, 'string', 'user'), ('idle_in_transaction_session_timeout', 'ms', 'integer', 'user'), \
         ('idle_session_timeout', NULL, 'enum', 'user'), ('in_hot_standby', NULL, 'string', 'internal'), \
         ('integer_datetimes', NULL, 'string', 'internal'), ('IntervalStyle', NULL, 'enum', 'user'), ('is_superuser', \
         NULL, 'string', 'internal'), ('jit', NULL, 'bool', 'user'), ('lc_collate', NULL, 'string', 'internal'), \
         ('lc_ctype', NULL, 'string', 'internal'), ('lc_messages', NULL, 'enum', 'user'), ('lc_monetary', NULL, 'enum', \
         'user'), ('lock_timeout', 'ms', 'integer', 'user'), ('maintenance_work_mem', NULL, 'string', 'user'), \
         ('max_identifier_length', NULL, 'string', 'internal'), ('max_index_keys', NULL, 'string', 'internal'), \
         ('max_parallel_workers_per_gather', NULL, 'integer', 'user'), ('password_encryption', NULL, 'enum', 'user'), \
         ('quote_all_identifiers', NULL, 'enum', 'user'), ('row_security', NULL, 'bool', 'user'), ('search_path', NULL, \
         'string', 'user'), ('server_encoding', NULL, 'string', 'internal'), ('server_version', NULL, 'string', \
         'internal'), ('server_version_num', NULL, 'string', 'internal'), ('session_authorization', NULL, 'string', \
         'internal'), ('standard_conforming_strings', NULL, 'enum', 'user'), ('statement_timeout', 'ms', 'integer', \
         'user'), ('synchronize_seqscans', NULL, 'bool', 'user'), ('synchronous_commit', NULL, 'enum', 'user'), \
         ('TimeZone', NULL, 'string', 'user'), ('transaction_isolation', NULL, 'enum', 'user'), ('transaction_read_only', \
         NULL, 'bool', 'user'), ('transform_null_equals', NULL, 'enum', 'user'), ('wal_level', NULL, 'string', \
         'internal'), ('work_mem', NULL, 'string', 'user'), ('xmloption', NULL, 'enum', 'user')) AS n_(name, unit, \
         vartype, context)",
    ),
    (
        "pg_sequences",
        "SELECT 'public'::name AS schemaname, c_.relname AS sequencename, 'helios'::name AS sequenceowner, \
         format_type(s_.seqtypid, -1) AS data_type, s_.seqstart AS start_value, s_.seqmin AS min_value, s_.seqmax AS max_value, \
         s_.seqincrement AS increment_by, s_.seqcycle AS cycle, s_.seqcache AS cache_size, pg_sequence_last_value(c_.oid) AS \
         last_value FROM pg_sequence s_ JOIN pg_class c_ ON c_.oid = s_.seqrelid",
    ),
    (
        "information_schema.sequences",
        "SELECT current_database() AS sequence_catalog, 'public'::name AS sequence_schema, c_.relname AS sequence_name, \
         format_type(s_.seqtypid, -1) AS data_type, CASE s_.seqtypid WHEN 21 THEN 16 WHEN 23 THEN 32 ELSE 64 END AS \
         numeric_precision, 2 AS numeric_precision_radix, 0 AS numeric_scale, s_.seqstart::varchar AS start_value, s_.seqmin::varchar \
         AS minimum_value, s_.seqmax::varchar AS maximum_value, s_.seqincrement::varchar AS increment, CASE WHEN s_.seqcycle THEN \
         'YES' ELSE 'NO' END::varchar AS cycle_option FROM pg_sequence s_ JOIN pg_class c_ ON c_.oid = s_.seqrelid WHERE NOT EXISTS \
         (SELECT 1 FROM pg_depend d_ WHERE d_.objid = c_.oid AND d_.deptype = 'i')",
    ),
    (
        "information_schema.schemata",
        "SELECT current_database() AS catalog_name, n_.nspname AS schema_name, 'helios'::name AS schema_owner FROM \
         pg_namespace n_",
    ),
    (
        "information_schema.tables",
        "SELECT current_database() AS table_catalog, n_.nspname AS table_schema, c_.relname AS table_name, CASE \
         c_.relkind WHEN 'r' THEN CASE c_.relpersistence WHEN 't' THEN 'LOCAL TEMPORARY' ELSE 'BASE TABLE' END ELSE 'VIEW' END::varchar AS \
         table_type, NULL::name AS self_referencing_column_name, NULL::varchar AS reference_generation, NULL::name AS \
         user_defined_type_catalog, NULL::name AS user_defined_type_schema, NULL::name AS user_defined_type_name, 'YES'::varchar AS \
         is_insertable_into, 'NO'::varchar AS is_typed, NULL::varchar AS commit_action FROM pg_class c_ JOIN pg_namespace n_ ON n_.oid = c_.relnamespace WHERE c_.relkind IN ('r', 'v')",
    ),
    (
        "information_schema.views",
        "SELECT current_database() AS table_catalog, v_.schemaname AS table_schema, v_.viewname AS table_name, \
         v_.definition AS view_definition FROM pg_views v_",
    ),
    (
        "information_schema.columns",
        "SELECT current_database() AS table_catalog, n_.nspname AS table_schema, c_.relname AS table_name, a_.attname AS \
         column_name, a_.attnum AS ordinal_position, CASE a_.attgenerated WHEN '' THEN d_.adbin END AS column_default, CASE WHEN a_.attnotnull THEN 'NO' ELSE \
         'YES' END::varchar AS is_nullable, CASE y_.typtype WHEN 'e' THEN 'USER-DEFINED' ELSE CASE y_.typcategory WHEN 'A' THEN 'ARRAY' ELSE \
         t_.formatted END END::varchar AS data_type, CASE WHEN a_.atttypid IN (1042, 1043) AND a_.atttypmod > 4 THEN \
         a_.atttypmod - 4 END AS character_maximum_length, CASE WHEN a_.atttypid = 21 THEN 16 WHEN a_.atttypid = 23 THEN 32 WHEN \
         a_.atttypid = 20 THEN 64 WHEN a_.atttypid = 700 THEN 24 WHEN a_.atttypid = 701 THEN 53 WHEN a_.atttypid = 1700 AND \
         a_.atttypmod > 4 THEN ((a_.atttypmod - 4) >> 16) & 65535 END::int4 AS numeric_precision, CASE WHEN a_.atttypid IN (20, \
         21, 23, 700, 701) THEN 2 WHEN a_.atttypid = 1700 THEN 10 END AS numeric_precision_radix, CASE WHEN a_.atttypid IN (20, \
         21, 23) THEN 0 WHEN a_.atttypid = 1700 AND a_.atttypmod > 4 THEN (a_.atttypmod - 4) & 65535 END::int4 AS numeric_scale, \
         CASE WHEN a_.atttypid = 1082 THEN 0 WHEN a_.atttypid NOT IN (1083, 1114, 1184, 1186) THEN NULL WHEN a_.atttypmod < 0 \
         THEN 6 ELSE a_.atttypmod END::int4 AS datetime_precision, y_.typname AS udt_name, \
         CASE WHEN y_.typnamespace = 2200 THEN 'public' ELSE 'pg_catalog' END::name AS udt_schema, CASE WHEN a_.attidentity = '' THEN 'NO' ELSE 'YES' END::varchar AS is_identity, CASE \
         a_.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END::varchar AS identity_generation, CASE WHEN \
         a_.attgenerated = '' THEN 'NEVER' ELSE 'ALWAYS' END::varchar AS is_generated, CASE WHEN a_.attgenerated <> '' THEN \
         d_.adbin::varchar END AS generation_expression, CASE WHEN a_.atttypid IN (25, 1042, 1043) THEN CASE WHEN a_.atttypmod > 4 \
         THEN (a_.atttypmod - 4) * 4 ELSE 1073741824 END END::int4 AS character_octet_length, NULL::name AS collation_name, \
         NULL::name AS collation_schema, NULL::name AS domain_name, NULL::name AS domain_schema, current_database() AS \
         udt_catalog, a_.attnum::varchar AS dtd_identifier, NULL::varchar AS interval_type, NULL::varchar AS identity_start, NULL::varchar \
         AS identity_increment, CASE WHEN c_.relkind = 'r' AND a_.attgenerated = '' THEN 'YES' WHEN c_.relkind = 'r' THEN 'YES' \
         ELSE 'NO' END::varchar AS is_updatable FROM pg_attribute a_ JOIN pg_class c_ ON c_.oid = \
         a_.attrelid JOIN pg_namespace n_ ON n_.oid = c_.relnamespace JOIN helios_types t_ ON t_.oid = a_.atttypid JOIN \
         pg_type y_ ON y_.oid = a_.atttypid LEFT JOIN pg_attrdef d_ ON d_.adrelid = a_.attrelid AND d_.adnum = a_.attnum \
         WHERE c_.relkind IN ('r', 'v')",
    ),
    (
        "information_schema.table_constraints",
        "SELECT current_database() AS constraint_catalog, 'public'::name AS constraint_schema, k_.conname AS \
         constraint_name, 'public'::name AS table_schema, c_.relname AS table_name, CASE k_.contype WHEN 'p' THEN 'PRIMARY \
         KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'f' THEN 'FOREIGN KEY' ELSE 'CHECK' END::varchar AS constraint_type, CASE WHEN k_.condeferrable THEN 'YES' ELSE 'NO' \
         END::varchar AS is_deferrable, CASE WHEN k_.condeferred THEN 'YES' ELSE 'NO' END::varchar AS initially_deferred, \
         'YES'::varchar AS enforced, current_database() AS table_catalog FROM pg_constraint k_ \
         JOIN pg_class c_ ON c_.oid = k_.conrelid",
    ),
    (
        "information_schema.key_column_usage",
        "SELECT current_database() AS constraint_catalog, 'public'::name AS constraint_schema, k_.conname AS \
         constraint_name, 'public'::name AS table_schema, c_.relname AS table_name, a_.attname AS column_name, \
         array_position(k_.conkey, a_.attnum) AS ordinal_position, CASE k_.contype WHEN 'f' THEN array_position(k_.conkey, \
         a_.attnum) END AS position_in_unique_constraint, current_database() AS table_catalog FROM pg_constraint k_ JOIN pg_class c_ ON c_.oid = \
         k_.conrelid JOIN pg_attribute a_ ON a_.attrelid = k_.conrelid AND a_.attnum = ANY (k_.conkey) WHERE k_.contype IN \
         ('p', 'u', 'f')",
    ),
    (
        "information_schema.referential_constraints",
        "SELECT current_database() AS constraint_catalog, 'public'::name AS constraint_schema, k_.conname AS constraint_name, \
         current_database() AS unique_constraint_catalog, 'public'::name AS unique_constraint_schema, (SELECT u_.conname FROM \
         pg_constraint u_ WHERE u_.conrelid = k_.confrelid AND u_.contype IN ('p', 'u') AND u_.conkey = k_.confkey ORDER BY \
         u_.contype LIMIT 1) AS unique_constraint_name, 'NONE'::varchar AS match_option, CASE k_.confupdtype WHEN 'c' THEN \
         'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' ELSE 'NO ACTION' END::varchar AS \
         update_rule, CASE k_.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' \
         THEN 'RESTRICT' ELSE 'NO ACTION' END::varchar AS delete_rule FROM pg_constraint k_ WHERE k_.contype = 'f'",
    ),
    (
        "information_schema.constraint_column_usage",
        "SELECT current_database() AS table_catalog, 'public'::name AS table_schema, c_.relname AS table_name, a_.attname AS \
         column_name, current_database() AS constraint_catalog, 'public'::name AS constraint_schema, k_.conname AS \
         constraint_name FROM pg_constraint k_ JOIN pg_class c_ ON c_.oid = CASE k_.contype WHEN 'f' THEN k_.confrelid ELSE \
         k_.conrelid END JOIN pg_attribute a_ ON a_.attrelid = c_.oid AND a_.attnum = ANY (CASE k_.contype WHEN 'f' THEN \
         k_.confkey ELSE k_.conkey END)",
    ),
    (
        "information_schema.constraint_table_usage",
        "SELECT current_database() AS table_catalog, 'public'::name AS table_schema, c_.relname AS table_name, \
         current_database() AS constraint_catalog, 'public'::name AS constraint_schema, k_.conname AS constraint_name FROM \
         pg_constraint k_ JOIN pg_class c_ ON c_.oid = CASE k_.contype WHEN 'f' THEN k_.confrelid ELSE k_.conrelid END WHERE \
         k_.contype IN ('f', 'p', 'u')",
    ),
    (
        "information_schema.check_constraints",
        "SELECT current_database() AS constraint_catalog, 'public'::name AS constraint_schema, k_.conname AS constraint_name, \
         substr(pg_get_constraintdef(k_.oid), 8, length(pg_get_constraintdef(k_.oid)) - 8)::varchar AS check_clause FROM \
         pg_constraint k_ WHERE k_.contype = 'c'",
    ),
    (
        "information_schema.routines",
        "SELECT current_database() AS specific_catalog, p_.proname AS specific_schema, p_.proname AS specific_name, p_.proname AS \
         routine_schema, p_.proname AS routine_name, ''::varchar AS routine_type, ''::varchar AS data_type, ''::varchar AS \
         routine_definition FROM pg_proc p_ WHERE false",
    ),
    (
        "information_schema.triggers",
        "SELECT current_database() AS trigger_catalog, ''::name AS trigger_schema, ''::name AS trigger_name, ''::varchar AS \
         event_manipulation, ''::name AS event_object_schema, ''::name AS event_object_table, ''::varchar AS action_statement, \
         ''::varchar AS action_orientation, ''::varchar AS action_timing WHERE false",
    ),
    (
        "pg_user",
        "SELECT r_.rolname AS usename, r_.oid AS usesysid, r_.rolcreatedb AS usecreatedb, r_.rolsuper AS usesuper, \
         r_.rolreplication AS userepl, r_.rolbypassrls AS usebypassrls, '********'::text AS passwd, r_.rolvaliduntil AS \
         valuntil, r_.rolconfig AS useconfig FROM pg_roles r_ WHERE r_.rolcanlogin",
    ),
    (
        "pg_stat_database",
        "SELECT 5::oid AS datid, current_database() AS datname, 1 AS numbackends, 0::int8 AS xact_commit, 0::int8 AS \
         xact_rollback, 0::int8 AS blks_read, 0::int8 AS blks_hit, 0::int8 AS tup_returned, 0::int8 AS tup_fetched, 0::int8 AS \
         tup_inserted, 0::int8 AS tup_updated, 0::int8 AS tup_deleted, 0::int8 AS conflicts, 0::int8 AS temp_files, 0::int8 AS \
         temp_bytes, 0::int8 AS deadlocks, NULL::timestamptz AS stats_reset",
    ),
    ("pg_stat_user_indexes", INDEX_STATISTICS),
    ("pg_stat_all_indexes", INDEX_STATISTICS),
    ("pg_stat_all_tables", TABLE_STATISTICS),
    (
        "pg_policies",
        "SELECT ''::name AS schemaname, ''::name AS tablename, p_.polname AS policyname, ''::text AS permissive, p_.polroles AS \
         roles, ''::text AS cmd, p_.polqual AS qual, p_.polwithcheck AS with_check FROM pg_policy p_ WHERE false",
    ),
    (
        "pg_matviews",
        "SELECT ''::name AS schemaname, ''::name AS matviewname, ''::name AS matviewowner, ''::name AS tablespace, false AS \
         hasindexes, false AS ispopulated, ''::text AS definition WHERE false",
    ),
    (
        "pg_roles",
        "SELECT r_.* FROM helios_roles r_ UNION ALL SELECT 9::oid, current_user, true, true, true, true, true, false, -1, \
         '********', NULL::timestamptz, false, NULL::text[] WHERE current_user NOT IN (SELECT rolname FROM helios_roles)",
    ),
];
