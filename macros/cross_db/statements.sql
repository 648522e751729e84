{#-
    dbt's macro through which all statements of this project's models, hooks and tests go: it tells what the engine
    takes, see as_taken().

    Arguments: name under which the result is kept; fetch_result, whether rows are wanted; auto_begin, whether a
    transaction is begun; language.
-#}
{% macro statement(name=none, fetch_result=false, auto_begin=true, language='sql') -%}
    {%- set code = as_taken(caller()) if execute -%}
    {%- call dbt.statement(name, fetch_result, auto_begin, language) -%}
        {{ code }}
    {%- endcall -%}
{%- endmacro %}


{#-
    dbt's query that tells the columns of another, for contracts, as the engine takes it. Arguments: select_sql, the
    other query; select_sql_header, what goes before it.
-#}
{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) %}
    {{- return(as_taken(dbt.get_empty_subquery_sql(select_sql, select_sql_header))) -}}
{% endmacro %}


{#-
    dbt's statement that creates a view. Iceberg on Spark leaves the query of a view as it was when the view is replaced:
    there it is dropped before. Arguments: relation; sql, its query.
-#}
{% macro get_create_view_as_sql(relation, sql) -%}
    {%- if config.get('file_format') == 'iceberg' -%}
        {%- call statement(auto_begin=false) -%}
            drop view if exists {{ relation.render() }}
        {%- endcall -%}
    {%- endif -%}
    {{- dbt.get_create_view_as_sql(relation, sql) -}}
{%- endmacro %}


{#- A statement as the engine takes it. Arguments: code, the statement. -#}
{% macro as_taken(code) %}
    {{- return(adapter.dispatch('as_taken', 'customer_engagement')(code)) -}}
{% endmacro %}

{% macro default__as_taken(code) %}
    {%- do return(code) -%}
{% endmacro %}

{#-
    It refuses casts to a decimal of so many digits, which it knows for columns of tables alone: the cast is one to the
    longest decimal, which is then rounded. Brackets within texts and comments do not count.
-#}
{% macro bigquery__as_taken(code) %}
    {%- set pieces -%}
        ('(?:[^'\\]|\\.)*'|--[^\n]*|/\*[\s\S]*?\*/|`[^`]*`|\b(?:safe_)?cast\(|\s+as\s+bignumeric\(\d+, \d+\)\s*\)|[()])
    {%- endset -%}
    {%- set taken, opened = [], [] -%}
    {%- for piece in modules.re.split(pieces, code) -%}
        {%- if piece.endswith('cast(') or piece == '(' -%}
            {%- do opened.append(taken | length) -%}
            {%- do taken.append(piece) -%}
        {%- elif modules.re.match('\\s+as\\s+bignumeric[(]', piece) -%}
            {%- do taken.insert(opened.pop(), 'round(') -%}
            {%- set scale = modules.re.findall('[0-9]+', piece)[1] -%}
            {%- do taken.append(piece.partition('(')[0] ~ '), ' ~ scale ~ ')') -%}
        {%- else -%}
            {%- if piece == ')' and opened -%}{%- do opened.pop() -%}{%- endif -%}
            {%- do taken.append(piece) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(taken | join) -%}
{% endmacro %}
