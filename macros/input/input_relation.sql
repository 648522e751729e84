{#-
    The select that reads one input relation: exactly the contract's columns, in the contract's types,
    whatever the relation brings. Missing columns are null; a missing relation has no rows.

    A checked column becomes three: itself (null where it cannot be read), `has_…` (whether anything was
    there) and `…_received` (its text).

    Arguments: relation_name, one of input_relation_names(); extra_columns, further columns to carry through
    as text; marked, whether to add delivery_mark and input_file, see the macros of these names.
-#}
{% macro input_relation(relation_name, extra_columns=[], marked=false) %}
    {% set found = find_input(relation_name) %}
    {% set contract = input_contract(relation_name) %}
    {% if is_own_model(relation_name) and execute and flags.WHICH in ['build', 'run'] %}
        {% do check_input(relation_name, found) %}
    {% endif %}
    select
    {% for name in contract.get('checked', []) %}
        {{ check_columns(name, contract['columns'][name], found['columns'].get(name)) }},
    {% endfor %}
    {% if marked %}
        {{ delivery_mark(found['columns']) }} as delivery_mark,
        {{ input_file(found) }} as input_file,
    {% endif %}
    {% for name in extra_columns %}
        {{ input_column(name, 'text', found['columns'].get(name)) }} as {{ name }},
    {% endfor %}
    {% for name, kind in contract['columns'].items() %}
        {{ input_column(name, kind, found['columns'].get(name)) }} as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    {% if found['from'] is none %}
    from (select 1 as nothing) as no_rows
    where 1 = 0
    {% else %}
    from {{ found['from'] }} as received
    {% endif %}
{% endmacro %}


{#-
    A number by which rows that were delivered at another time, or say something else, tend to differ: of the
    load time where the relation has one, else of all that it says. A sum of them is an event day's
    fingerprint. Arguments: columns, those of the relation with their types.
-#}
{% macro delivery_mark(columns) %}
    {%- set marking = [] -%}
    {%- for name in input_contract('events')['columns'] if name in columns -%}
        {%- do marking.append('received.' ~ name) -%}
    {%- endfor -%}
    {%- if hashes_ids() -%}
        {#- Of a day with one row the sum is the hash of that row, and must not let its ids be guessed. -#}
        {%- do marking.append(kept_id("'delivery_mark'")) -%}
    {%- endif -%}
    {%- if not columns -%}
        0
    {%- else -%}
        {{ row_mark(['received.loaded_at'] if 'loaded_at' in columns else marking) }}
    {%- endif -%}
{% endmacro %}


{#-
    A column of input_relation() in the contract's type. Where ids are hashed (variable hash_ids) names of
    customers are left out.

    Arguments: name; kind (id, name, text, time or number); dtype, the column's lower-case type, none where it is
    missing.
-#}
{% macro input_column(name, kind, dtype) %}
    {%- set types = {
        'id': dbt.type_string(), 'name': dbt.type_string(), 'text': dbt.type_string(), 'time': type_timestamp_utc(),
        'number': type_decimal(18, 4),
    } -%}
    {%- set column = 'received.' ~ name -%}
    {%- if dtype is none or (kind == 'name' and hashes_ids()) -%}
        cast(null as {{ types[kind] }})
    {%- elif kind == 'id' -%}
        {{ kept_id(id_text(column, dtype)) }}
    {%- elif kind == 'time' -%}
        {{ parse_time(column, dtype) }}
    {%- elif kind == 'number' -%}
        {{ parse_number(column, dtype) }}
    {%- else -%}
        {{ trimmed('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')') }}
    {%- endif -%}
{% endmacro %}


{#-
    The two columns beside a checked one. The text of what is a time by its type is left out: it says no more than
    the time, and to write it for each of many millions of rows takes long. Where ids are hashed, a text that
    cannot be read is left out too: it may be an id in the wrong column.

    Arguments: name; kind (time or number); dtype, its type, none where it is missing.
-#}
{% macro check_columns(name, kind, dtype) %}
    {%- if dtype is none -%}
        cast(0 as {{ dbt.type_boolean() }}) as has_{{ name }},
        cast(null as {{ dbt.type_string() }}) as {{ name }}_received
    {%- else -%}
        {{ is_given('received.' ~ name, dtype) }} as has_{{ name }},
        {% if kind == 'time' and is_time_type(dtype) -%}
        cast(null as {{ dbt.type_string() }}) as {{ name }}_received
        {%- elif hashes_ids() -%}
        case
            when {{ input_column(name, kind, dtype) }} is not null
                then cast(received.{{ name }} as {{ dbt.type_string() }})
        end as {{ name }}_received
        {%- else -%}
        cast(received.{{ name }} as {{ dbt.type_string() }}) as {{ name }}_received
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#- An id as text; whole floating-point numbers lose their `.0`. Arguments: column; dtype, its type. -#}
{% macro id_text(column, dtype) %}
    {%- if is_float_type(dtype) -%}
        case
            when abs({{ column }}) < 1e15 and {{ column }} = floor({{ column }})
                then cast(cast({{ column }} as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
            else cast({{ column }} as {{ dbt.type_string() }})
        end
    {%- elif dtype == 'untyped varchar' -%}
        {{ untyped_id(trimmed(column)) }}
    {%- else -%}
        {{ trimmed('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')') }}
    {%- endif -%}
{% endmacro %}


{#- A column as a UTC timestamp, null where it cannot be read. Arguments: column; dtype, its type. -#}
{% macro parse_time(column, dtype) %}
    {%- if is_instant_type(dtype) -%}
        {{ instant_to_utc(column) }}
    {%- elif is_time_type(dtype) -%}
        cast({{ column }} as {{ type_timestamp_utc() }})
    {%- else -%}
        {{ text_to_utc(trimmed('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')')) }}
    {%- endif -%}
{% endmacro %}


{#- A column as decimal(18,4), null where it cannot be read. Arguments: column; dtype, its type. -#}
{% macro parse_number(column, dtype) %}
    {%- if is_float_type(dtype) -%}
        case when abs({{ column }}) < 1e14 then cast({{ column }} as {{ type_decimal(18, 4) }}) end
    {%- else -%}
        {{ safe_decimal(trimmed('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')'), 18, 4) }}
    {%- endif -%}
{% endmacro %}


{#- Whether a column holds anything: not null, not blank, not NaN. Arguments: column; dtype, its type. -#}
{% macro is_given(column, dtype) %}
    {%- if is_float_type(dtype) -%}
        ({{ column }} is not null and not {{ is_nan(column) }})
    {%- elif 'char' in dtype or dtype in ['text', 'string'] -%}
        coalesce(lower({{ trimmed(column) }}) != 'nan', 1 = 0)
    {%- else -%}
        ({{ column }} is not null)
    {%- endif -%}
{% endmacro %}


{#- Whether a type is a floating-point one. Arguments: dtype, in lower case. -#}
{% macro is_float_type(dtype) %}
    {% do return(dtype.startswith('float') or dtype.startswith('double') or dtype == 'real') %}
{% endmacro %}


{#- Whether a type is that of a date or a time. Arguments: dtype, in lower case. -#}
{% macro is_time_type(dtype) %}
    {% do return(
        is_instant_type(dtype) or dtype.startswith('timestamp') or dtype.startswith('datetime') or dtype == 'date'
    ) %}
{% endmacro %}
