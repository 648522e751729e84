{#-
    Looks a table of a tracker up while a model is compiled.

    Arguments: connector, the tracker's name; table_name, one of its tables in connector_tables().
    Returns what find_input() returns.
-#}
{% macro raw_table(connector, table_name) %}
    {% if not execute or not is_connected(connector) %}
        {% do return({'from': none, 'label': table_name, 'columns': {}}) %}
    {% endif %}
    {% set place = connector_places()[connector] %}
    {% set table = connector_tables()[connector]['tables'][table_name] %}
    {% do return(find_raw_table(place, table['names'], table.get('headless', []))) %}
{% endmacro %}


{#-
    The first table there is, in a folder of files where the engine reads them, else in a schema.

    Arguments: place, a folder, a schema, or a database and a schema with a dot between; names, of the table, in
    the order of preference; headless, the columns of files with tabs that have no header, if there are such.
    Returns what find_input() returns.
-#}
{% macro find_raw_table(place, names, headless=[]) %}
    {{- return(adapter.dispatch('find_raw_table', 'customer_engagement')(place, names, headless)) -}}
{% endmacro %}

{% macro default__find_raw_table(place, names, headless=[]) %}
    {% set parts = place.split('.') %}
    {% for name in names if '*' not in name %}
        {% set relation = adapter.get_relation(
            database=parts[0] if parts | length > 1 else (var('input_database') or target.database),
            schema=parts[-1], identifier=name
        ) %}
        {% if relation is not none %}
            {% set columns = {} %}
            {% set spellings = {} %}
            {% for column in adapter.get_columns_in_relation(relation) %}
                {% do columns.update({column.name | lower: column.dtype | lower}) %}
                {% do spellings.update({column.name | lower: column.name}) %}
            {% endfor %}
            {% do return({
                'from': relation, 'label': 'table ' ~ place ~ '.' ~ name, 'columns': columns,
                'spellings': spellings,
            }) %}
        {% endif %}
    {% endfor %}
    {% do return({'from': none, 'label': 'table ' ~ place ~ '.' ~ (names | reject('in', ['*', '*/*']) | list)[-1], 'columns': {}}) %}
{% endmacro %}

{% macro duckdb__find_raw_table(place, names, headless=[]) %}
    {% set folder = place.rstrip('/') %}
    {% set look_ups = [] %}
    {% set spellings = [] %}
    {% for name in names %}
        {% do spellings.append(name) %}
        {% if name | upper != name %}{% do spellings.append(name | upper) %}{% endif %}
    {% endfor %}
    {% for name in spellings %}
        {% for ending in file_endings() + (['.tsv', '.tsv.gz'] if headless else []) %}
            {% do look_ups.append(
                'select ' ~ look_ups | length ~ " as preference, '" ~ ending ~ "' as ending, '"
                ~ sql_text(folder ~ '/' ~ name ~ ending) ~ "' as path, min(file) as first_file, '"
                ~ name.split('/')[0] ~ "' as stem from glob('"
                ~ sql_text(folder ~ '/' ~ name ~ ending) ~ "') having count(*) > 0"
            ) %}
        {% endfor %}
    {% endfor %}
    {% set hits = run_query(look_ups | join(' union all ') ~ ' order by preference').rows %}
    {% for hit in hits if hit[4] == hits[0][4] and hit[3] != hits[0][3] %}
        {% do stop_with(
            'Both ' ~ hits[0][3] ~ ' and ' ~ hit[3] ~ ' could be the table ' ~ names[0]
            ~ ': keep one of them, or give all its files one ending, in one folder.'
        ) %}
    {% endfor %}
    {% if hits and '.tsv' in hits[0][1] %}
        {% do return(duckdb__open_headless_files(hits[0][2], hits[0][3], headless)) %}
    {% elif hits %}
        {% do return(duckdb__open_input_files(hits[0][2], hits[0][1], hits[0][3])) %}
    {% endif %}
    {% set parts = place.split('.') %}
    {% set database = parts[0] if parts | length > 1 else (var('input_database') or target.database) %}
    {% set spelled = {} %}
    {#- DuckDB takes names in any case; dbt refuses those that are not spelled alike. -#}
    {% for row in run_query(
        "select table_schema, table_name from information_schema.tables where lower(table_catalog) = '"
        ~ sql_text(database | lower) ~ "' and lower(table_schema) = '" ~ sql_text(parts[-1] | lower) ~ "'"
    ).rows %}
        {% do spelled.update({row[1] | lower: row}) %}
    {% endfor %}
    {% set names_there = [] %}
    {% for name in names %}{% do names_there.append(spelled[name][1] if name in spelled else name) %}{% endfor %}
    {% if spelled %}{% set place = database ~ '.' ~ (spelled.values() | list)[0][0] %}{% endif %}
    {% set found = default__find_raw_table(place, names_there) %}
    {% if found['from'] is none %}
        {% do found.update({'label': folder ~ '/' ~ names[0]}) %}
    {% endif %}
    {% do return(found) %}
{% endmacro %}

{#- Tables of one day each are read together; the columns are those of the latest. -#}
{% macro bigquery__find_raw_table(place, names, headless=[]) %}
    {% set parts = place.split('.') %}
    {% set dataset = (
        parts[0] if parts | length > 1 else (var('input_database') or target.database)
    ) ~ '.' ~ parts[-1] %}
    {% for name in names if '*' in name %}
        {% set latest = run_query(
            "select max(table_name) as latest from `" ~ dataset ~ ".INFORMATION_SCHEMA.TABLES` "
            ~ "where regexp_contains(table_name, r'^" ~ name | replace('*', '[0-9]{8}') ~ "$')"
        ).rows[0][0] %}
        {% if latest %}
            {% set found = default__find_raw_table(place, [latest]) %}
            {% do found.update({'from': '`' ~ dataset ~ '.' ~ name ~ '`'}) %}
            {% do return(found) %}
        {% endif %}
    {% endfor %}
    {% do return(default__find_raw_table(place, names)) %}
{% endmacro %}


{#-
    What to select from, with no rows where a table is missing; called received.
    Arguments: found, what raw_table() returned.
-#}
{% macro raw_rows(found) -%}
    {% if found['from'] is none -%}
        (select 1 as nothing) as received where 1 = 0
    {%- else -%}
        {{ found['from'] }} as received where 1 = 1
    {%- endif %}
{%- endmacro %}


{#-
    A column of a table of a tracker, by the first name that is not null of those that it may have; null where
    the table has none of them. Numbers may be text, and times seconds or milliseconds
    since 1970. A name with dots is that of a column with JSON, and of keys in it.

    Arguments: found, what raw_table() returned; names, in lower case; kind (id, text, time, number, whole or
    json).
-#}
{% macro raw_column(found, names, kind) -%}
    {%- set values = [] -%}
    {%- set given = [] -%}
    {%- for name in names -%}
        {%- if name in found['columns'] -%}
            {%- do values.append(raw_value(raw_name(found, name), kind, found['columns'][name])) -%}
            {%- do given.append(
                raw_value(raw_name(found, name), 'text', found['columns'][name]) ~ ' is not null'
            ) -%}
        {%- elif '.' in name and name.split('.')[0] in found['columns'] -%}
            {%- do values.append(mapped_value(found, name, kind)) -%}
            {%- do given.append(mapped_value(found, name, 'text') ~ ' is not null') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if values | length > 1 and kind == 'time' -%}
        {#- A time that cannot be read is to be told, not replaced by another. -#}
        case
            {%- for value in values %}
            when {{ given[loop.index0] }} then {{ value }}
            {%- endfor %}
        end
    {%- elif values | length > 1 -%}
        coalesce({{ values | join(', ') }})
    {%- elif values -%}
        {{ values[0] }}
    {%- else -%}
        cast(null as {{ raw_type(kind) }})
    {%- endif -%}
{%- endmacro %}


{#- The type of a column of raw_column(). Arguments: kind. -#}
{% macro raw_type(kind) %}
    {% do return({
        'time': type_timestamp_utc(), 'number': type_decimal(18, 4), 'whole': dbt.type_bigint(),
    }.get(kind, dbt.type_string())) %}
{% endmacro %}


{#-
    A column by its name, quoted where it has to be, as `createdAt` on engines that tell cases apart.
    Arguments: found, what raw_table() returned; name, in lower case.
-#}
{% macro raw_name(found, name) %}
    {% set spelling = found.get('spellings', {}).get(name, name) %}
    {% if modules.re.match('^[a-z_][a-z0-9_]*$', spelling) %}
        {% do return('received.' ~ spelling) %}
    {% endif %}
    {% set mark = adapter.quote('')[0] %}
    {% do return('received.' ~ adapter.quote(spelling | replace(mark, mark * 2))) %}
{% endmacro %}


{#- A column in the type of its kind. Arguments: column; kind, as in raw_column(); dtype, its own type. -#}
{% macro raw_value(column, kind, dtype) -%}
    {%- if kind == 'id' -%}
        {{ id_text(column, dtype) }}
    {%- elif kind == 'time' and (dtype.startswith('timestamp') or dtype.startswith('datetime') or dtype == 'date') -%}
        {{ parse_time(column, dtype) }}
    {%- elif kind == 'time' -%}
        {{ time_of_text('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')') }}
    {%- elif kind == 'number' -%}
        {{ parse_number(column, dtype) }}
    {%- elif kind == 'whole' -%}
        {{ whole_number('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')') }}
    {%- elif kind == 'json' -%}
        {{ json_of(column, dtype) }}
    {%- else -%}
        {{ trimmed('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')') }}
    {%- endif -%}
{%- endmacro %}


{#- Text of a time, or of seconds or milliseconds since 1970, as a UTC timestamp. Arguments: text. -#}
{% macro time_of_text(text) -%}
    coalesce({{ micros_to_utc(epoch_micros(text)) }}, {{ parse_time(text, 'text') }})
{%- endmacro %}


{#-
    Whether any of the columns that a table has of these says yes; where it has none of them, or all are null,
    what is to be thought otherwise.

    Arguments: found, what raw_table() returned; names, in lower case; otherwise, true or false.
-#}
{% macro raw_flag(found, names, otherwise) -%}
    {%- set terms = [] -%}
    {%- for name in names if name in found['columns'] -%}
        {%- do terms.append(
            'lower(cast(' ~ raw_name(found, name) ~ ' as ' ~ dbt.type_string() ~ "))"
            ~ " in ('true', 't', '1', 'yes')"
        ) -%}
    {%- endfor -%}
    {%- if terms -%}
        coalesce({{ terms | join(' or ') }}, {{ '1 = 1' if otherwise else '1 = 0' }})
    {%- else -%}
        ({{ '1 = 1' if otherwise else '1 = 0' }})
    {%- endif -%}
{%- endmacro %}


{#-
    Fails with one sentence where a tracker is connected and a table or column is missing that it cannot do
    without, or where the sample would be mixed with it.
-#}
{% macro check_connectors() %}
    {% for connector in connected() %}
        {% set variable = connector ~ '_input' %}
        {% if (var('input_path') | string | trim) == 'sample_data/complete_journey' %}
            {% do stop_with(
                'The variable ' ~ variable ~ ' is set, and input_path is still that of the sample, '
                ~ var('input_path') ~ ': set input_path to your own folder, or to nothing.'
            ) %}
        {% endif %}
        {% if connector == 'mapped' %}{% do check_mapped() %}{% endif %}
        {% set contract = connector_tables()[connector] %}
        {% set present = [] %}
        {% for table_name, table in contract['tables'].items() %}
            {% set found = raw_table(connector, table_name) %}
            {% if found['from'] is not none %}
                {% do present.append(table_name) %}
                {% for names in table['columns'] if not names | select('in', found['columns']) | list %}
                    {% do stop_with(
                        found['label'] ~ ', read because of the variable ' ~ variable ~ ', has no column '
                        ~ names | join(' or ') ~ ' (it has ' ~ (found['columns'].keys() | join(', '))
                        ~ '): rename the column, or add it.'
                    ) %}
                {% endfor %}
            {% endif %}
        {% endfor %}
        {% if not contract['any_of'] | select('in', present) | list %}
            {% set needed = [] %}
            {% for table_name in contract['any_of'] %}
                {% do needed.append(contract['tables'][table_name]['names'][0]) %}
            {% endfor %}
            {% do stop_with(
                'There is no table ' ~ needed | join(' or ') ~ ' in ' ~ connector_places()[connector]
                ~ ': set the variable ' ~ variable ~ ' to where the tables of this tracker are, or to nothing.'
            ) %}
        {% endif %}
        {% if connector == 'stripe' %}{% do check_stripe_currency() %}{% endif %}
        {% if connector in ['segment', 'rudderstack'] %}{% do check_calls(connector) %}{% endif %}
        {% if connector == 'snowplow' %}{% do check_snowplow() %}{% endif %}
    {% endfor %}
{% endmacro %}


{#-
    The select that ends a connector's events: the columns of the input contract, as
    input_engagement__events has them, and why a row is rejected, if it is.

    Arguments: relation, with event_id, customer_id, user_id, event_name, occurred_at, time_received (text where
    there is a time, readable or not), quantity, properties, loaded_at and source_rejection; source, the
    tracker's name; quantity_received, text where there is a quantity, readable or not.
-#}
{% macro connector_events(relation, source, quantity_received=none) -%}
    {%- set columns = [
        'event_id', 'customer_id', 'user_id', 'event_name', 'occurred_at', 'time_received', 'quantity',
        'loaded_at', 'source_rejection',
    ] -%}
    select
        {{ kept_id('event_id') }} as event_id,
        {{ kept_id('customer_id') }} as customer_id,
        {{ kept_id('user_id') }} as user_id,
        event_name,
        occurred_at,
        time_received is not null as has_occurred_at,
        {% if hashes_ids() -%}
        case when occurred_at is not null then time_received end as occurred_at_received,
        {%- else -%}
        time_received as occurred_at_received,
        {%- endif %}
        quantity,
        {{ quantity_received or 'quantity' }} is not null as has_quantity,
        {% if quantity_received is none or hashes_ids() -%}
        cast(quantity as {{ dbt.type_string() }}) as quantity_received,
        {%- else -%}
        {{ quantity_received }} as quantity_received,
        {%- endif %}
        {% if hashes_ids() -%}
        cast(null as {{ dbt.type_string() }}) as properties,
        {%- else -%}
        properties,
        {%- endif %}
        loaded_at,
        {{ row_mark(columns + ([kept_id("'delivery_mark'")] if hashes_ids() else [])) }} as delivery_mark,
        '{{ source }}' as source,
        source_rejection
    from {{ relation }}
{%- endmacro %}
