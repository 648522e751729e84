{#-
    How a run without news keeps what the last one has made. int_engagement__news takes a fingerprint of all that
    models with `meta: {kept: true}` are made of: input, seeds, variables and code. Where it is the one that they
    were made from, they are left alone. That it is may be said by the end of a run alone that has made, or kept, all
    models; any other run takes it back before it begins. So whatever ends early, is chosen from, or is not
    understood, leads to a run that makes everything anew, and never to a table that is kept though it is old.
-#}

{#-
    Has dbt build a kept model after int_engagement__news, where it reads none that is. Unit tests need not know.
-#}
{% macro after_news() -%}
    {%- if not is_unit_test() -%}
-- depends_on: {{ ref('int_engagement__news') }}
    {%- endif -%}
{%- endmacro %}


{#- The table of int_engagement__news, none where it is not there or not used. -#}
{% macro news_relation() %}
    {% if not can_keep_models() %}
        {% do return(none) %}
    {% endif %}
    {% set node = graph.nodes['model.customer_engagement.int_engagement__news'] %}
    {% set relation = load_cached_relation(api.Relation.create(
        database=node.database, schema=node.schema, identifier=node.alias
    )) %}
    {% do return(relation if relation is not none and relation.is_table else none) %}
{% endmacro %}


{#- Whether what the last run has made may be kept, should nothing be new. -#}
{% macro may_keep_models() %}
    {% do return(
        can_keep_models() and not flags.FULL_REFRESH and not flags.EMPTY and not var('rebuild_from')
        and are_all_models(selected_resources)
    ) %}
{% endmacro %}


{#- Whether all models are among some nodes. Arguments: keys, the unique ids of these nodes. -#}
{% macro are_all_models(keys) %}
    {% for key in graph.nodes if key.startswith('model.') and key not in keys %}
        {% do return(false) %}
    {% endfor %}
    {% do return(true) %}
{% endmacro %}


{#- The models that are kept where nothing is new: `nodes`, and their `parents` by unique ids. -#}
{% macro kept_models() %}
    {% set found = {'nodes': [], 'keys': [], 'parents': []} %}
    {% for key in graph.nodes if key.startswith('model.') %}
        {% set node = graph.nodes[key] %}
        {% if node.config.meta.get('kept') %}
            {% do found['nodes'].append(node) %}
            {% do found['keys'].append(key) %}
            {% do found['parents'].extend(node.depends_on.nodes) %}
        {% endif %}
    {% endfor %}
    {% do return(found) %}
{% endmacro %}


{#-
    Where kept models do not hang on int_engagement__news alone, so that nothing is kept: what they read besides one
    another that it knows nothing of, such as a source that a model of yours reads, and those that may come before it.
-#}
{% macro unknown_parents() %}
    {% set kept = kept_models() %}
    {% set news = graph.nodes['model.customer_engagement.int_engagement__news'] %}
    {% set behind = kept['keys'] + [news.unique_id] %}
    {% set unknown = kept['parents'] | reject('in', behind + news.depends_on.nodes) | unique | list %}
    {% for node in kept['nodes'] if not node.depends_on.nodes | select('in', behind) | list %}
        {% do unknown.append(node.unique_id) %}
    {% endfor %}
    {% if unknown %}
        {% do log('Nothing is kept, since int_engagement__news does not know ' ~ unknown | join(', '), info=true) %}
    {% endif %}
    {% do return(unknown) %}
{% endmacro %}


{#- A text that says how kept tables and views are defined, as a scalar subquery. -#}
{% macro kept_tables_mark() %}
    {% do return(definitions_mark(kept_models()['nodes'] | map(attribute='relation_name'))) %}
{% endmacro %}


{#- A mark of the code, and of each variable whose name stands in it: models, their configuration, and macros. -#}
{% macro code_mark() %}
    {% set texts = [dbt_version, target.name] %}
    {% for key in graph.nodes if key.startswith('model.') %}
        {% set node = graph.nodes[key] %}
        {% do texts.extend([key, node.raw_code, tojson(node.config), tojson(node.columns)]) %}
    {% endfor %}
    {% for package in context if package not in ['context', 'this'] and context[package] is mapping %}
        {% for name, macro in context[package].items() if macro.macro is defined %}
            {% do texts.extend([package, name, macro.macro.macro_sql]) %}
        {% endfor %}
    {% endfor %}
    {% set code = texts | join('\n') %}
    {% set variables = {} %}
    {% for word in modules.re.findall('[\'"](\\w+)[\'"]', code) | unique | sort %}
        {% if var(word, none) is not none and word not in ['rebuild_from', 'rebuild_to'] %}
            {% do variables.update({word: var(word) | string}) %}
        {% endif %}
    {% endfor %}
    {% do return(local_md5(code ~ '\n' ~ tojson(variables, sort_keys=true))) %}
{% endmacro %}


{#-
    The query of int_engagement__news. Arguments: read, the relations whose rows count; event_days, that of
    int_engagement__event_days.
-#}
{% macro news_query(read, event_days) %}
    {%- if not can_keep_models() %}
select
    cast(null as {{ dbt.type_string() }}) as run_id,
    cast(null as {{ dbt.type_string() }}) as fingerprint,
    cast(null as {{ dbt.type_string() }}) as kept_fingerprint
    {%- else %}
        {%- set before = news_relation() if may_keep_models() and not unknown_parents() %}
        {%- set marks = [
            "'" ~ code_mark() ~ "'",
            "'" ~ local_md5(tojson(find_input('events')['columns'])) ~ "'",
            'version()',
            rows_mark(
                'select event_day, source, is_dated, received, fingerprint from ' ~ event_days
                ~ ' where fingerprint is not null'
            ),
        ] %}
        {%- for relation in read %}{% do marks.append(rows_mark('select * from ' ~ relation)) %}{% endfor %}
with

state as (
    select concat_ws(chr(10), {{ marks | join(', ') }}) as fingerprint
)

select
    '{{ invocation_id }}' as run_id,
    {{ dbt.hash('fingerprint') }} as fingerprint,
        {%- if before %}
    (
        select before.kept_fingerprint from {{ before }} as before
        where before.kept_fingerprint = {{ dbt.hash('state.fingerprint') }} || ' ' || {{ kept_tables_mark() }}
    ) as kept_fingerprint
        {%- else %}
    cast(null as {{ dbt.type_string() }}) as kept_fingerprint
        {%- endif %}
from state
    {%- endif %}
{% endmacro %}


{#-
    At the start: what is there is not known to be good any more where this run builds some models only, or makes
    everything anew.
-#}
{% macro take_back_kept() %}
    {% if news_relation() and not may_keep_models() %}
        {% do write_kept_fingerprint('null', 'kept_fingerprint is not null') %}
    {% endif %}
{% endmacro %}


{#- At the end: what is there is good where this run has made, or kept, all models. Arguments: results, those of dbt. -#}
{% macro say_what_is_kept(results) %}
    {% if news_relation() and not flags.EMPTY %}
        {% set done = [] %}
        {% for result in results if result.status == 'success' %}{% do done.append(result.node.unique_id) %}{% endfor %}
        {% if are_all_models(done) %}
            {% do write_kept_fingerprint(
                "fingerprint || ' ' || " ~ kept_tables_mark(), "run_id = '" ~ invocation_id ~ "'"
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{#-
    Writes kept_fingerprint at once: around a hook of a run a transaction may be open, which is not committed.

    Arguments: value, an expression; condition.
-#}
{% macro write_kept_fingerprint(value, condition) %}
    {% call statement('kept_fingerprint', auto_begin=true) %}
        {{ update_rows(news_relation(), {'kept_fingerprint': value}, condition) }}
    {% endcall %}
    {% do adapter.commit() %}
{% endmacro %}
