//! What PostgreSQL's spelling means: casts, and functions that are made of others.
//!
//! In: calls and casts of a statement in its dialect. Out: trees and expressions that SQLite's engine knows. A function
//! about the catalog is a query over its tables, written in [`WRITTEN_IN_SQL`] with its arguments as `$1` and `$2`.

use helios_core::{Error, Result, Value};

use super::function::call_of;
use super::{Binder, Typed};
use crate::ast::{Arguments, Expression, FunctionCall};
use crate::func;
use crate::parse::Dialect;
use crate::plan::{Expr, Function};
use crate::types::{BaseType, SqlType};

/// What defines a constraint, and a view.
const CONSTRAINT: &str =
    "(SELECT text_ FROM (SELECT oid AS oid_, definition AS text_ FROM helios_constraints) WHERE oid_ = $1)";
const VIEW: &str =
    "(SELECT text_ FROM (SELECT oid AS oid_, definition AS text_ FROM pg_views) WHERE oid_ = $1)";

/// Functions that are expressions over their arguments: the name, how many arguments it has, and the expression. What a
/// query in one calls its columns, no table has: so arguments mean what they mean where the call stands.
const WRITTEN_IN_SQL: &[(&str, usize, &str)] = &[
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
         (SELECT text_ FROM (SELECT attrelid AS oid_, attnum AS number_, attname AS text_ FROM pg_attribute) \
         WHERE oid_ = $1 AND number_ = $2) END",
    ),
    ("pg_get_constraintdef", 1, CONSTRAINT),
    ("pg_get_constraintdef", 2, CONSTRAINT),
    ("pg_get_viewdef", 1, VIEW),
    ("pg_get_viewdef", 2, VIEW),
    ("pg_get_serial_sequence", 2, "NULL::text"),
    ("pg_get_partkeydef", 1, "NULL::text"),
    ("pg_relation_is_publishable", 1, "false"),
    ("pg_get_statisticsobjdef_columns", 1, "NULL::text"),
    ("pg_get_triggerdef", 2, "NULL::text"),
    ("pg_get_function_result", 1, "NULL::text"),
    ("pg_get_function_arguments", 1, "NULL::text"),
    ("pg_get_function_identity_arguments", 1, "NULL::text"),
    ("obj_description", 1, "NULL::text"),
    ("obj_description", 2, "NULL::text"),
    ("col_description", 2, "NULL::text"),
    ("shobj_description", 2, "NULL::text"),
    ("pg_tablespace_location", 1, "''::text"),
    ("pg_database_size", 1, "0::int8"),
    ("pg_table_size", 1, "0::int8"),
    ("pg_relation_size", 1, "0::int8"),
    ("pg_total_relation_size", 1, "0::int8"),
    ("pg_size_pretty", 1, "($1 || ' bytes')"),
    ("pg_advisory_unlock_all", 0, "NULL::text"),
    ("txid_current", 0, "1::int8"),
    ("to_regclass", 1, "$1::regclass"),
    ("to_regtype", 1, "$1::regtype"),
    (
        "format_type",
        2,
        "(SELECT text_ FROM (SELECT oid AS oid_, formatted AS text_ FROM helios_types) WHERE oid_ = $1) || CASE WHEN $1 IN (1042, 1043) AND $2 > 4 THEN '(' || \
         ($2 - 4) || ')' WHEN $1 = 1700 AND $2 > 4 THEN '(' || ((($2 - 4) >> 16) & 65535) || ',' || (($2 - 4) & 65535) || ')' \
         ELSE '' END",
    ),
    ("every", 1, "min($1)"),
    ("bool_and", 1, "min($1)"),
    ("bool_or", 1, "max($1)"),
];

impl Binder<'_> {
    /// Whether what is bound is in PostgreSQL's dialect. Definitions are stored in SQLite's.
    pub(super) fn is_postgres(&self) -> bool {
        self.environment.dialect() == Dialect::Postgres && self.restricted.is_none() && self.views.is_empty()
    }

    /// A call that is made of something else.
    pub(super) fn postgres_call(&mut self, call: &FunctionCall) -> Result<Option<Typed>> {
        let Arguments::List { values, order_by, distinct } = &call.arguments else { return Ok(None) };
        if call.name.eq_ignore_ascii_case("array_agg") {
            let [value] = &values[..] else { return Ok(None) };
            let quoted = plain_call("array_quoted", vec![value.clone()]);
            let values = match distinct {
                true => vec![quoted],
                false => vec![quoted, Expression::Literal(Value::text(","))],
            };
            let collected = FunctionCall {
                name: "group_concat".to_owned(),
                arguments: Arguments::List { distinct: *distinct, values, order_by: order_by.clone() },
                ..call.clone()
            };
            let array = plain_call("array_close", vec![Expression::Function(Box::new(collected))]);
            return self.bind(&array).map(Some);
        }
        let known = WRITTEN_IN_SQL
            .iter()
            .find(|(name, count, _)| name.eq_ignore_ascii_case(&call.name) && *count == values.len());
        let Some((name, _, text)) = known else { return Ok(None) };
        let mut meaning = expression_of(text)?;
        if matches!(*name, "every" | "bool_and" | "bool_or") {
            let Expression::Function(inner) = &mut meaning else { return Ok(None) };
            inner.filter.clone_from(&call.filter);
        }
        self.bind_with(&meaning, values).map(Some)
    }

    /// Binds an expression of this file with arguments in the places of `$1` and so on.
    fn bind_with(&mut self, meaning: &Expression, arguments: &[Expression]) -> Result<Typed> {
        self.arguments.push(arguments.to_vec());
        let bound = self.bind(meaning);
        self.arguments.pop();
        bound
    }

    /// A parameter: the statement's, or an argument of what is written in SQL.
    pub(super) fn parameter(&mut self, number: u32) -> Result<Typed> {
        let place = number as usize - 1;
        let Some(arguments) = self.arguments.pop() else {
            let affinity = self.parameter_affinities.get(place).copied();
            return Ok(Typed { affinity, ..Typed::plain(Expr::Parameter(place)) });
        };
        let bound = match arguments.get(place) {
            Some(argument) => self.bind(argument),
            None => Err(Error::sql(format!("there is no parameter ${number}"))),
        };
        self.arguments.push(arguments);
        bound
    }

    /// `operand::name`.
    pub(super) fn postgres_cast(&mut self, operand: &Expression, name: &str) -> Result<Typed> {
        let Some(wanted) = SqlType::named(name) else {
            return Err(Error::sql(format!("type \"{name}\" does not exist")));
        };
        let query = match wanted.base {
            _ if wanted.is_array => None,
            BaseType::RegClass => Some(
                "(SELECT c_.oid FROM pg_class c_ WHERE c_.relname = replace(replace($1, 'pg_catalog.', ''), \
                 'public.', '') OR c_.oid = $1)",
            ),
            BaseType::RegType => Some("(SELECT t_.oid FROM pg_type t_ WHERE t_.typname = $1 OR t_.oid = $1)"),
            BaseType::Oid if name == "regnamespace" => {
                Some("(SELECT n_.oid FROM pg_namespace n_ WHERE n_.nspname = $1 OR n_.oid = $1)")
            }
            BaseType::Oid if name == "regproc" || name == "regrole" => {
                Some("(SELECT p_.oid FROM pg_proc p_ WHERE p_.proname = $1 OR p_.oid = $1)")
            }
            _ => None,
        };
        if let Some(query) = query {
            let meaning = expression_of(query)?;
            return self.bind_with(&meaning, std::slice::from_ref(operand));
        }
        let bound = self.bind(operand)?;
        let array = format!("::{}[]", wanted.catalog_name());
        let cast = match wanted.is_array {
            true if func::postgres_scalar(&array, 1)?.is_some() => &array,
            true => "::text",
            false => match wanted.base {
                BaseType::Vector => "vector_from_json",
                BaseType::Int2Vector | BaseType::OidVector => "::text",
                _ => "",
            },
        };
        let cast = if cast.is_empty() { format!("::{}", wanted.catalog_name()) } else { cast.to_owned() };
        let Some(function) = func::postgres_scalar(&cast, 1)? else {
            return Err(Error::sql(format!("cannot cast to type {name}")));
        };
        let value = call_of(Function::BuiltIn(function), &[bound]);
        let value = match (length_of(name), wanted.base) {
            (Some(length), BaseType::Varchar | BaseType::Character) => {
                let Some(left) = func::postgres_scalar("left", 2)? else { return Ok(value) };
                call_of(
                    Function::BuiltIn(left),
                    &[value, Typed::plain(Expr::Constant(Value::Integer(length)))],
                )
            }
            _ => value,
        };
        Ok(value)
    }
}

/// The number in the parentheses of a type.
fn length_of(name: &str) -> Option<i64> {
    name.split_once('(')?.1.strip_suffix(')')?.parse().ok()
}

fn plain_call(name: &str, values: Vec<Expression>) -> Expression {
    let arguments = Arguments::List { distinct: false, values, order_by: Vec::new() };
    Expression::Function(Box::new(FunctionCall {
        name: name.to_owned(),
        arguments,
        filter: None,
        over: None,
    }))
}

/// The expression that a text of this file is.
fn expression_of(text: &str) -> Result<Expression> {
    crate::parse::parse_postgres_expression(text)
}

/// Tables of the catalog that are queries over others: the name and the query.
const VIEWS: &[(&str, &str)] = &[
    (
        "pg_database",
        "SELECT 5::oid AS oid, current_database() AS datname, 10::oid AS datdba, 6 AS encoding, 'c' AS datlocprovider, \
         false AS datistemplate, true AS datallowconn, -1 AS datconnlimit, 0::oid AS dattablespace, 'C' AS datcollate, \
         'C' AS datctype, NULL::text AS daticulocale, NULL::text AS datcollversion, NULL::text AS datacl",
    ),
    (
        "pg_tables",
        "SELECT 'public'::name AS schemaname, c_.relname AS tablename, 'helios'::name AS tableowner, NULL::name AS \
         tablespace, c_.relhasindex AS hasindexes, false AS hasrules, c_.relhastriggers AS hastriggers, false AS \
         rowsecurity FROM pg_class c_ WHERE c_.relkind = 'r'",
    ),
    (
        "pg_views",
        "SELECT 'public'::name AS schemaname, c_.relname AS viewname, 'helios'::name AS viewowner, d_.definition AS \
         definition, c_.oid AS oid FROM pg_class c_ JOIN helios_definitions d_ ON d_.oid = c_.oid WHERE c_.relkind = 'v'",
    ),
    (
        "pg_indexes",
        "SELECT 'public'::name AS schemaname, t_.relname AS tablename, c_.relname AS indexname, NULL::name AS tablespace, \
         i_.definition AS indexdef FROM helios_indexes i_ JOIN pg_class c_ ON c_.oid = i_.oid JOIN pg_index x_ ON \
         x_.indexrelid = i_.oid JOIN pg_class t_ ON t_.oid = x_.indrelid",
    ),
    (
        "pg_settings",
        "SELECT n_.name AS name, current_setting(n_.name) AS setting, NULL::text AS unit, ''::text AS category, ''::text AS \
         short_desc, 'user'::text AS context, 'string'::text AS vartype, 'default'::text AS source FROM (SELECT \
         'max_index_keys' AS name UNION ALL SELECT 'server_version' UNION ALL SELECT 'server_version_num' UNION ALL SELECT \
         'standard_conforming_strings' UNION ALL SELECT 'TimeZone' UNION ALL SELECT 'client_encoding' UNION ALL SELECT \
         'search_path') n_",
    ),
    (
        "information_schema.schemata",
        "SELECT current_database() AS catalog_name, n_.nspname AS schema_name, 'helios'::name AS schema_owner FROM \
         pg_namespace n_",
    ),
    (
        "information_schema.tables",
        "SELECT current_database() AS table_catalog, n_.nspname AS table_schema, c_.relname AS table_name, CASE \
         c_.relkind WHEN 'r' THEN 'BASE TABLE' ELSE 'VIEW' END AS table_type, 'YES'::text AS is_insertable_into, 'NO'::text \
         AS is_typed FROM pg_class c_ JOIN pg_namespace n_ ON n_.oid = c_.relnamespace WHERE c_.relkind IN ('r', 'v')",
    ),
    (
        "information_schema.views",
        "SELECT current_database() AS table_catalog, v_.schemaname AS table_schema, v_.viewname AS table_name, \
         v_.definition AS view_definition FROM pg_views v_",
    ),
    (
        "information_schema.columns",
        "SELECT current_database() AS table_catalog, n_.nspname AS table_schema, c_.relname AS table_name, a_.attname AS \
         column_name, a_.attnum AS ordinal_position, d_.adbin AS column_default, CASE WHEN a_.attnotnull THEN 'NO' ELSE \
         'YES' END AS is_nullable, t_.formatted AS data_type, CASE WHEN a_.atttypid IN (1042, 1043) AND a_.atttypmod > 4 THEN \
         a_.atttypmod - 4 END AS character_maximum_length, CASE WHEN a_.atttypid = 23 THEN 32 WHEN a_.atttypid = 20 THEN 64 \
         END AS numeric_precision, CASE WHEN a_.atttypid IN (20, 23) THEN 0 END AS numeric_scale, y_.typname AS udt_name, \
         'pg_catalog'::name AS udt_schema, CASE WHEN a_.attidentity = '' THEN 'NO' ELSE 'YES' END AS is_identity, CASE WHEN \
         a_.attgenerated = '' THEN 'NEVER' ELSE 'ALWAYS' END AS is_generated FROM pg_attribute a_ JOIN pg_class c_ ON c_.oid = \
         a_.attrelid JOIN pg_namespace n_ ON n_.oid = c_.relnamespace JOIN helios_types t_ ON t_.oid = a_.atttypid JOIN \
         pg_type y_ ON y_.oid = a_.atttypid LEFT JOIN pg_attrdef d_ ON d_.adrelid = a_.attrelid AND d_.adnum = a_.attnum \
         WHERE c_.relkind IN ('r', 'v')",
    ),
    (
        "information_schema.table_constraints",
        "SELECT current_database() AS constraint_catalog, 'public'::name AS constraint_schema, k_.conname AS \
         constraint_name, 'public'::name AS table_schema, c_.relname AS table_name, CASE k_.contype WHEN 'p' THEN 'PRIMARY \
         KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'f' THEN 'FOREIGN KEY' ELSE 'CHECK' END AS constraint_type FROM pg_constraint k_ \
         JOIN pg_class c_ ON c_.oid = k_.conrelid",
    ),
    (
        "information_schema.key_column_usage",
        "SELECT current_database() AS constraint_catalog, 'public'::name AS constraint_schema, k_.conname AS \
         constraint_name, 'public'::name AS table_schema, c_.relname AS table_name, a_.attname AS column_name, \
         array_position(k_.conkey, a_.attnum) AS ordinal_position FROM pg_constraint k_ JOIN pg_class c_ ON c_.oid = \
         k_.conrelid JOIN pg_attribute a_ ON a_.attrelid = k_.conrelid AND a_.attnum = ANY (k_.conkey) WHERE k_.contype IN \
         ('p', 'u', 'f')",
    ),
];

impl Binder<'_> {
    /// The query that a table of the catalog is.
    pub(super) fn postgres_view(&self, name: &str) -> Result<Option<crate::ast::Select>> {
        let Some((_, text)) = VIEWS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            return Ok(None);
        };
        match crate::parse::parse_statement_of(text, Dialect::Postgres)?.map(|parsed| parsed.statement) {
            Some(crate::ast::Statement::Select(select)) => Ok(Some(*select)),
            _ => Err(Error::sql(format!("{name} is no query"))),
        }
    }
}

/// A name without the schema that stands in it.
pub(super) fn bare_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
