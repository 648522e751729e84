{#-
    What dbt's own macros for Spark get wrong on Sail. A project that uses this one as a package has to name it in
    `dispatch` of its dbt_project.yml, for the namespace dbt.
-#}

{#-
    dbt's dateadd(), where that of dbt-spark comes to 1970.

    Arguments: datepart, of month, day, hour and minute; interval, a whole number; from_date_or_timestamp.
-#}
{% macro sail__dateadd(datepart, interval, from_date_or_timestamp) -%}
    {%- set moment = 'cast(' ~ from_date_or_timestamp ~ ' as timestamp_ntz)' -%}
    {%- if datepart == 'month' -%}
        {%- set day = 'cast(' ~ from_date_or_timestamp ~ ' as date)' -%}
        (
            cast(add_months({{ day }}, cast({{ interval }} as int)) as timestamp_ntz)
            + ({{ moment }} - cast({{ day }} as timestamp_ntz))
        )
    {%- elif datepart in ['day', 'hour', 'minute'] -%}
        {%- set before = {'day': '', 'hour': '0, ', 'minute': '0, 0, '}[datepart] -%}
        ({{ moment }} + make_dt_interval({{ before }}cast({{ interval }} as int)))
    {%- else -%}
        {%- do exceptions.raise_compiler_error('dateadd on Sail knows no ' ~ datepart ~ '.') -%}
    {%- endif -%}
{%- endmacro %}


{#-
    The statements that fill a seed's table, where dbt-spark's session takes nulls for a word and stops at quotes.
    Arguments: model; agate_table, the rows.
-#}
{% macro sail__load_csv_rows(model, agate_table) %}
    {%- set chosen = model['config'].get('column_types', {}) -%}
    {%- set types = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do types.append(chosen.get(name, adapter.convert_type(agate_table, loop.index0))) -%}
    {%- endfor -%}
    {%- for chunk in agate_table.rows | batch(1000) -%}
        {%- set lines = [] -%}
        {%- for row in chunk -%}
            {%- set cells = [] -%}
            {%- for cell in row -%}
                {%- set text -%}
                    '{{ cell | string | replace('\\', '\\\\') | replace("'", "\\'") }}'
                {%- endset -%}
                {%- do cells.append(
                    'cast(' ~ ('null' if cell is none else text) ~ ' as ' ~ types[loop.index0] ~ ')'
                ) -%}
            {%- endfor -%}
            {%- do lines.append('(' ~ cells | join(', ') ~ ')') -%}
        {%- endfor -%}
        {%- do adapter.add_query(
            'insert into ' ~ this.render() ~ ' values ' ~ lines | join(', '), abridge_sql_log=True
        ) -%}
    {%- endfor -%}
{% endmacro %}
