{#- Whether the engine reads files directly. -#}
{% macro can_read_files() %}
    {{- return(adapter.dispatch('can_read_files', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__can_read_files() %}
    {%- do return(false) -%}
{% endmacro %}

{% macro duckdb__can_read_files() %}
    {%- do return(true) -%}
{% endmacro %}


{#- How files that are read as a table may end; the last one is a folder of them. -#}
{% macro file_endings() %}
    {% do return([
        '.parquet', '.csv', '.csv.gz', '.json', '.json.gz', '.jsonl', '.jsonl.gz', '.ndjson', '.ndjson.gz',
        '/**/*.parquet',
    ]) %}
{% endmacro %}


{#-
    An input relation that is a file, or a folder of files, in the folder input_path. Stops with one sentence
    where there are several of the same name, or a file is empty or not what its name says.

    Arguments: relation_name, one of input_relation_names(). Returns what find_input() returns.
-#}
{% macro find_input_files(relation_name) %}
    {{- return(adapter.dispatch('find_input_files', 'customer_engagement')(relation_name)) -}}
{% endmacro %}

{% macro default__find_input_files(relation_name) %}
    {%- do exceptions.raise_compiler_error(
        'Files are read on DuckDB only: leave the variable input_path empty.'
    ) -%}
{% endmacro %}

{% macro duckdb__find_input_files(relation_name) %}
    {% set stem = (var('input_path') | string | trim).rstrip('/') ~ '/' ~ relation_name %}
    {% set look_ups = [] %}
    {% for ending in file_endings() %}
        {% do look_ups.append(
            "select '" ~ ending ~ "', min(file), count(*) from glob('" ~ sql_text(stem ~ ending) ~ "')"
        ) %}
    {% endfor %}
    {% set hits = run_query(look_ups | join(' union all ')).rows | selectattr('2') | list %}
    {% if hits | length > 1 %}
        {% do stop_with(
            'Both ' ~ hits[0][1] ~ ' and ' ~ hits[1][1] ~ ' could be the relation ' ~ relation_name
            ~ ': keep one of them.'
        ) %}
    {% elif hits %}
        {% do return(duckdb__open_input_files(stem ~ hits[0][0], hits[0][0], hits[0][1])) %}
    {% endif %}
    {% do return({'from': none, 'label': stem, 'columns': {}}) %}
{% endmacro %}


{#-
    How to read input files that exist: looked up once in a run, since text has to be read in full for it. dbt hands
    one graph to all of a run. Arguments: path, may hold a pattern; ending, one of those above; first_file, one file
    that the path matches. Returns what find_input() returns.
-#}
{% macro duckdb__open_input_files(path, ending, first_file) %}
    {% set opened = graph.setdefault('opened_files', {}) %}
    {% set key = invocation_id ~ ' ' ~ path %}
    {% if key not in opened %}
        {% do opened.update({key: duckdb__look_into_files(path, ending, first_file)}) %}
    {% endif %}
    {% do return(opened[key]) %}
{% endmacro %}


{#- The same, without a look at what is known. Arguments: as of duckdb__open_input_files(). -#}
{% macro duckdb__look_into_files(path, ending, first_file) %}
    {% do duckdb__check_input_file(first_file) %}
    {% set quoted = "'" ~ sql_text(path) ~ "'" %}
    {% if ending == '/**/*.parquet' or (ending == '.parquet' and '*' in path) %}
        {% set reader = 'read_parquet(' ~ quoted ~ ', union_by_name = true)' %}
    {% elif ending == '.parquet' %}
        {% set reader = 'read_parquet(' ~ quoted ~ ')' %}
    {% elif 'csv' in ending %}
        {#- A quote that comes late is none where DuckDB guesses it; and only one thread reads short rows and line
            breaks in quotes, both. -#}
        {% set reader = 'read_csv(' ~ quoted ~ ", header = true, all_varchar = true, null_padding = true, quote = '\"', "
            ~ 'parallel = false)' %}
    {% else %}
        {#- Exporters leave out what is null: a key may come first in the last row. -#}
        {% set reader = 'read_json(' ~ quoted ~ (', union_by_name = true' if '*' in path else '')
            ~ ', map_inference_threshold = -1, sample_size = -1, maximum_depth = 1)' %}
    {% endif %}
    {% set columns = {} %}
    {% set described = run_query('describe select * from ' ~ reader).rows %}
    {% for row in described %}
        {% do columns.update({row[0] | lower: row[1] | lower}) %}
    {% endfor %}
    {% if 'parquet' not in ending %}
        {% for name in columns %}{% do columns.update({name: 'untyped varchar'}) %}{% endfor %}
    {% endif %}
    {% if 'json' in ending and columns %}
        {#- Types are not guessed: a column of mixed ids would come back as quoted JSON. Keys have their case. -#}
        {% set texts = [] %}
        {% for row in described %}{% do texts.append("'" ~ sql_text(row[0]) ~ "': 'varchar'") %}{% endfor %}
        {% set reader = 'read_json(' ~ quoted ~ ', columns = {' ~ texts | join(', ') ~ '})' %}
    {% endif %}
    {% do return({'from': reader, 'label': path, 'columns': columns}) %}
{% endmacro %}


{#-
    How to read files with tabs that have no header, or one. Arguments: path, may hold a pattern; first_file, one
    file that the path matches; names, of the columns. Returns what find_input() returns.
-#}
{% macro duckdb__open_headless_files(path, first_file, names) %}
    {% do duckdb__check_input_file(first_file) %}
    {% set form = ", all_varchar = true, null_padding = true, delim = '\t', quote = '', escape = ''" %}
    {% set first_line = run_query(
        "select * from read_csv('" ~ sql_text(first_file) ~ "', header = false" ~ form ~ ') limit 1'
    ).rows[0] %}
    {% set texts = [] %}
    {% for name in names %}{% do texts.append("'" ~ name ~ "'") %}{% endfor %}
    {% set has_header = (first_line[0] or '') | lower == names[0] %}
    {% if has_header %}{% set names = first_line.values() | map('lower') | list %}{% endif %}
    {% set columns = {} %}
    {% for name in names %}{% do columns.update({name: 'untyped varchar'}) %}{% endfor %}
    {% do return({
        'from': "read_csv('" ~ sql_text(path) ~ "', header = " ~ has_header | lower ~ form
            ~ (', names = [' ~ texts | join(', ') ~ ']' if not has_header else '') ~ ')',
        'label': path,
        'columns': columns,
    }) %}
{% endmacro %}


{#-
    An id from a file without types, where pandas writes the whole numbers of a column with gaps as `12.0`:
    they lose their `.0`. Arguments: text, an expression.
-#}
{% macro untyped_id(text) %}
    {{- return(adapter.dispatch('untyped_id', 'customer_engagement')(text)) -}}
{% endmacro %}

{% macro default__untyped_id(text) %}
    {%- do return(text) -%}
{% endmacro %}

{% macro duckdb__untyped_id(text) -%}
    case
        when regexp_full_match({{ text }}, '-?\d+\.0') then split_part({{ text }}, '.', 1)
        else {{ text }}
    end
{%- endmacro %}


{#-
    Stops with one sentence where a file is empty, is called Parquet and is none, is a ZIP archive and is called
    otherwise, or is text of another encoding than UTF-8. Arguments: file.
-#}
{% macro duckdb__check_input_file(file) %}
    {% set quoted = "'" ~ sql_text(file) ~ "'" %}
    {% set size = run_query('select size from read_blob(' ~ quoted ~ ')').rows[0][0] %}
    {% if size == 0 %}
        {% do stop_with('The file ' ~ file ~ ' is empty: export it again, or remove it.') %}
    {% endif %}
    {#- To read a larger file whole would cost time: there DuckDB will tell. -#}
    {% if size < 64 * 1024 * 1024 and file.endswith('.gz') %}
        {% if run_query("select content[1:2] = 'PK'::blob from read_blob(" ~ quoted ~ ')').rows[0][0] %}
            {% do stop_with('The file ' ~ file ~ ' is a ZIP archive, whatever its name says: unpack it.') %}
        {% endif %}
    {% elif size < 64 * 1024 * 1024 %}
        {% set is_parquet = file.endswith('.parquet') %}
        {% set is_good = "content[1:4] = 'PAR1'::blob" if is_parquet else 'try(decode(content)) is not null' %}
        {% if not run_query('select ' ~ is_good ~ ' from read_blob(' ~ quoted ~ ')').rows[0][0] %}
            {% do stop_with(
                'The file ' ~ file ~ ' is not Parquet: export it as Parquet, or give it the ending of '
                ~ 'what it is (.csv, .json, .jsonl).'
                if is_parquet else
                'The file ' ~ file ~ ' is not text in UTF-8: export it with that encoding (in Excel "CSV UTF-8").'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{#- Text for use between single quotes in SQL. Arguments: text. -#}
{% macro sql_text(text) %}
    {% do return(text | string | replace("'", "''")) %}
{% endmacro %}
