{#-
    Looks an input relation up while a model is compiled: a model that input_models names for it, a file, or a
    table.

    Arguments: relation_name, one of input_relation_names().
    Returns a dictionary: `from`, the SQL to select from (none where the relation is missing); `label`, what
    messages call it; `columns`, its lower-case column names with their types.
-#}
{% macro find_input(relation_name) %}
    {% if not execute %}
        {% do return({'from': none, 'label': relation_name, 'columns': {}}) %}
    {% elif is_own_model(relation_name) %}
        {% do return(found_relation(
            input_source(relation_name), 'model ' ~ var('input_models')[relation_name]
        )) %}
    {% elif reads_files() %}
        {% do return(find_input_files(relation_name)) %}
    {% else %}
        {% do return(find_input_table(relation_name)) %}
    {% endif %}
{% endmacro %}


{#- Whether the input relations are files: where the engine reads files and input_path is not empty. -#}
{% macro reads_files() %}
    {% do return(can_read_files() and (var('input_path') or '') | string | trim != '') %}
{% endmacro %}


{#-
    An input relation that is a table or view of the warehouse.

    Arguments: relation_name, one of input_relation_names(). Returns what find_input() returns.
-#}
{% macro find_input_table(relation_name) %}
    {% set declared = source('engagement_input', relation_name) %}
    {% do return(found_relation(
        declared, 'table ' ~ declared.schema ~ '.' ~ declared.identifier
    )) %}
{% endmacro %}


{#-
    What the database has of a relation. Arguments: declared, what ref() or source() gave; label, what messages
    call it. Returns what find_input() returns.
-#}
{% macro found_relation(declared, label) %}
    {% set relation = adapter.get_relation(
        database=declared.database, schema=declared.schema, identifier=declared.identifier
    ) %}
    {% set columns = {} %}
    {% if relation is not none %}
        {% for column in adapter.get_columns_in_relation(relation) %}
            {% do columns.update({column.name | lower: column.dtype | lower}) %}
        {% endfor %}
    {% endif %}
    {% do return({'from': relation, 'label': label, 'columns': columns}) %}
{% endmacro %}


{#-
    Whether a relation of the input is a model of the project that uses this one (variable input_models).
    Arguments: relation_name, one of input_relation_names().
-#}
{% macro is_own_model(relation_name) %}
    {% do return(relation_name in (var('input_models') or {})) %}
{% endmacro %}


{#-
    What a model of the input reads, so that dbt knows of it: a model of yours, which is then built first, or the
    source. Arguments: relation_name, one of input_relation_names().
-#}
{% macro input_source(relation_name) %}
    {% if is_own_model(relation_name) %}
        {% do return(own_relation(var('input_models')[relation_name])) %}
    {% endif %}
    {% do return(source('engagement_input', relation_name)) %}
{% endmacro %}


{#-
    Fails with one sentence where ENGAGEMENT_SEEDS is an absolute path: dbt would write what it compiles over
    the seeds' own files, since it joins their path to that of its target folder.
-#}
{% macro check_seeds_folder() %}
    {% set folder = env_var('ENGAGEMENT_SEEDS', '') | trim %}
    {% if execute and (folder.startswith('/') or folder.startswith('\\') or folder[1:2] == ':') %}
        {% do stop_with(
            'ENGAGEMENT_SEEDS is ' ~ folder ~ ', an absolute path, which dbt would write over: name the '
            ~ 'folder of your seeds as seen from the project, such as ../my_seeds.'
        ) %}
    {% endif %}
{% endmacro %}


{#-
    Fails with one sentence, before anything is built, where the input cannot be used: events are missing and no
    tracker is connected, a file is not what its name says, a required column is missing, or the secret for hashed ids.
-#}
{% macro check_inputs() %}
    {% if execute and flags.WHICH in ['build', 'run'] %}
        {% do check_id_secret() %}
        {% do check_connectors() %}
        {% for relation_name in input_relation_names() if not is_own_model(relation_name) %}
            {% do check_input(relation_name, find_input(relation_name)) %}
        {% endfor %}
    {% endif %}
{% endmacro %}


{#-
    Fails with one sentence where events are missing, or a relation lacks a required column. Models of yours are
    built in the same run, so they are checked when they are read.

    Arguments: relation_name, one of input_relation_names(); found, what find_input() returned.
-#}
{% macro check_input(relation_name, found) %}
    {% if found['from'] is none and is_own_model(relation_name) %}
        {% do stop_with(
            'The ' ~ found['label'] ~ ', which input_models names for ' ~ relation_name ~ ', is not in the '
            ~ 'database: build it first, as a table or a view.'
        ) %}
    {% elif found['from'] is none and relation_name == 'events' and not connected() %}
        {% do stop_with(missing_events_sentence(found)) %}
    {% elif found['from'] is not none %}
        {% set missing = [] %}
        {% for column in input_contract(relation_name)['required'] %}
            {% if column not in found['columns'] %}{% do missing.append(column) %}{% endif %}
        {% endfor %}
        {% set any_of = input_contract(relation_name).get('required_any', []) %}
        {% if any_of and not any_of | select('in', found['columns']) | list %}
            {% do missing.append(any_of | join(' or ')) %}
        {% endif %}
        {% if missing %}
            {% do stop_with(
                found['label'] ~ ' has no column ' ~ missing | join(', ') ~ ' (it has '
                ~ (found['columns'].keys() | join(', ')) ~ '): rename the column, or add it.'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{#- The sentence for missing events. Arguments: found, what find_input('events') returned. -#}
{% macro missing_events_sentence(found) %}
    {% if reads_files() %}
        {% do return(
            'There are no events in the folder ' ~ var('input_path') ~ ': put events.parquet (or .csv, '
            ~ '.json, .jsonl, or a folder events/ of Parquet files) there, or set the variable input_path.'
        ) %}
    {% else %}
        {% do return(
            'The ' ~ found['label'] ~ ' does not exist: create it, or set the variables input_schema and '
            ~ 'input_tables to where your events are, or input_models to a model of yours.'
        ) %}
    {% endif %}
{% endmacro %}


{#- Stops the run with one sentence. Arguments: sentence. -#}
{% macro stop_with(sentence) %}
    {% do exceptions.raise_compiler_error(sentence) %}
{% endmacro %}
