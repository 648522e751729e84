{#-
    How DuckDB spares itself the look at input files that it has looked at before. int_engagement__file_days keeps the
    rows of each Parquet file by event day, under a mark of the file: its name, its size, when it was written, what its
    footer says of its pages, and how it is read. While the mark is the same, the file is not read for them again. A file
    is marked before it is read: one that changes in between is read again by the next run. Elsewhere, and for inputs
    that are no Parquet, nothing is kept, and all rows are looked at.
-#}

{#-
    The file that a row of an input relation comes from, null where files are not kept apart.

    Arguments: found, what find_input() returned.
-#}
{% macro input_file(found) %}
    {{- return(adapter.dispatch('input_file', 'customer_engagement')(found)) -}}
{% endmacro %}

{% macro default__input_file(found) -%}
    cast(null as {{ dbt.type_string() }})
{%- endmacro %}

{% macro duckdb__input_file(found) -%}
    {{ 'received.filename' if duckdb__has_input_files(found) else default__input_file(found) }}
{%- endmacro %}


{#-
    Whether a relation is Parquet, whose reader says of each row which file it is from: in the column filename, unless
    the relation has one of its own. Arguments: found, what find_input() returned.
-#}
{% macro duckdb__has_input_files(found) %}
    {% do return((found['from'] | string).startswith('read_parquet(') and 'filename' not in found['columns']) %}
{% endmacro %}


{#-
    What stands for a file in the tables of this project: its name may hold an id.

    Arguments: file, an expression.
-#}
{% macro file_key(file) -%}
    {{ dbt.hash(kept_id(file)) }}
{%- endmacro %}


{#- Pre-hook: notes the mark of each file of events, for noted_files(). -#}
{% macro note_files() %}
    {{- return(adapter.dispatch('note_files', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__note_files() -%}
{%- endmacro %}

{% macro duckdb__note_files() -%}
    {%- set found = find_input('events') if not is_own_model('events') -%}
    {%- if not found or not duckdb__has_input_files(found) -%}
        set variable engagement_files = cast(map() as map(varchar, varchar))
    {%- else -%}
        {%- set pattern = "'" ~ sql_text(found['label']) ~ "'" -%}
        {%- set reading = tojson(found['columns']) ~ input_relation('events', marked=true)
            ~ graph.nodes['model.customer_engagement.stg_engagement__received_events'].raw_code ~ model.raw_code -%}
        set variable engagement_files = (
            with

            footers as (
                select
                    file_name,
                    count(*) as parts,
                    sum(hash(part)) as part_marks
                from parquet_metadata({{ pattern }}) as part
                group by file_name
            )

            select
                coalesce(
                    map(
                        list({{ file_key('files.filename') }}),
                        list(md5(concat_ws(
                            ' ', '{{ local_md5(reading) }}', version(), {{ file_key('files.filename') }}, files.size,
                            epoch_ns(files.last_modified), footers.parts, footers.part_marks
                        )))
                    ),
                    cast(map() as map(varchar, varchar))
                )
            from read_blob({{ pattern }}) as files
            left join footers on files.filename = footers.file_name
        )
    {%- endif -%}
{%- endmacro %}


{#- The noted files, as a query: file_key and file_mark. -#}
{% macro noted_files() %}
    {{- return(adapter.dispatch('noted_files', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__noted_files() -%}
    select
        cast(null as {{ dbt.type_string() }}) as file_key,
        cast(null as {{ dbt.type_string() }}) as file_mark
    from (select 1 as nothing) as no_rows
    where 1 = 0
{%- endmacro %}

{% macro duckdb__noted_files() -%}
    {%- set files = "cast(getvariable('engagement_files') as map(varchar, varchar))" -%}
    select
        unnest(map_keys({{ files }})) as file_key,
        unnest(map_values({{ files }})) as file_mark
{%- endmacro %}


{#- Pre-hook: forgets the files that are no more, or have another mark now. -#}
{% macro forget_changed_files() %}
    {{- return(adapter.dispatch('forget_changed_files', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__forget_changed_files() -%}
{%- endmacro %}

{% macro duckdb__forget_changed_files() -%}
    {%- if is_incremental() -%}
        {{ delete_rows(this, 'file_mark not in (select noted.file_mark from (' ~ noted_files() ~ ') as noted)') }}
    {%- endif -%}
{%- endmacro %}


{#- Pre-hook: notes the files that the model knows nothing of, for is_in_unknown_file(); null where it knows none. -#}
{% macro note_unknown_files() %}
    {{- return(adapter.dispatch('note_unknown_files', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__note_unknown_files() -%}
{%- endmacro %}

{#- One text, since DuckDB asks for each file, and would copy a list for that key by key. -#}
{% macro duckdb__note_unknown_files() -%}
    set variable engagement_unknown_files = (
        {%- if is_incremental() %}
        select coalesce(string_agg(noted.file_key, ' '), '')
        from ({{ noted_files() }}) as noted
        where noted.file_mark not in (select known.file_mark from {{ this.render() }} as known)
        having (select count(*) from {{ this.render() }} as known) > 0
        {%- else %}
        select cast(null as varchar)
        {%- endif %}
    )
{%- endmacro %}


{#- Whether a row is from a file that nothing is known of. The reader then opens no other. Arguments: file. -#}
{% macro is_in_unknown_file(file) %}
    {{- return(adapter.dispatch('is_in_unknown_file', 'customer_engagement')(file)) -}}
{% endmacro %}

{% macro default__is_in_unknown_file(file) -%}
    1 = 0
{%- endmacro %}

{% macro duckdb__is_in_unknown_file(file) -%}
    coalesce(contains(cast(getvariable('engagement_unknown_files') as varchar), {{ file_key(file) }}), 1 = 1)
{%- endmacro %}


{#- Pre-hook: notes whether rows are counted by file, for is_not_counted_by_file(). -#}
{% macro note_file_days() %}
    {{- return(adapter.dispatch('note_file_days', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__note_file_days() -%}
{%- endmacro %}

{% macro duckdb__note_file_days() -%}
    set variable engagement_counts_by_file = (
        select count(*) > 0 from {{ ref('int_engagement__file_days').render() }} as file_days
    )
{%- endmacro %}


{#- Whether a row is from no file whose rows are in int_engagement__file_days. Arguments: file. -#}
{% macro is_not_counted_by_file(file) %}
    {{- return(adapter.dispatch('is_not_counted_by_file', 'customer_engagement')(file)) -}}
{% endmacro %}

{% macro default__is_not_counted_by_file(file) -%}
    {{ file }} is null
{%- endmacro %}

{% macro duckdb__is_not_counted_by_file(file) -%}
    ({{ file }} is null or not coalesce(getvariable('engagement_counts_by_file'), 1 = 0))
{%- endmacro %}
