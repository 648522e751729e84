{#-
    The columns of a seed: those that it cannot do without, and those that may be missing.

    Arguments: seed, its name.
-#}
{% macro seed_contract(seed) %}
    {% set contract = {
        'scorecards': {
            'required': ['scorecard', 'status', 'window_days', 'full_score_points'],
            'optional': ['title', 'half_life_days', 'population', 'description'],
        },
        'event_weights': {
            'required': ['scorecard', 'event_name', 'weight', 'measure'],
            'optional': [
                'category', 'saturation', 'daily_cap_per_user', 'valid_from', 'valid_to', 'owner', 'rationale',
            ],
        },
        'tier_bands': {
            'required': ['scorecard', 'tier', 'tier_rank', 'upper_bound'],
            'optional': ['title', 'playbook'],
        },
        'alert_rules': {
            'required': ['scorecard', 'reason_code', 'kind', 'enabled', 'severity'],
            'optional': [
                'max_share_of_base', 'min_points_down', 'below_score', 'quiet_days', 'max_weeks_open', 'title',
                'playbook', 'rationale',
            ],
        },
        'opportunity_rules': {
            'required': ['scorecard', 'rule', 'kind', 'enabled'],
            'optional': [
                'lifecycles', 'tiers', 'trends', 'risk_levels', 'satisfactions', 'min_promoters',
                'min_active_users', 'min_breadth', 'key_events', 'min_key_events', 'max_days_to_value', 'title',
                'playbook', 'rationale',
            ],
        },
        'kpi_events': {
            'required': ['event_name', 'role'],
            'optional': ['label', 'note'],
        },
        'kpi_definitions': {
            'required': ['kpi', 'unit', 'direction', 'numerator'],
            'optional': ['title', 'formula', 'denominator', 'source_note'],
        },
        'outcomes': {
            'required': ['outcome', 'kind', 'lead_days', 'horizon_days'],
            'optional': ['event_names', 'population', 'title', 'rationale'],
        },
    } %}
    {% do return(contract[seed]) %}
{% endmacro %}


{#-
    Where the rows of a seed are: in a seed or model of yours (variable own_seeds), else in the one of that name
    here, whatever else has the name elsewhere. Arguments: seed, its name.
-#}
{% macro seed_relation(seed) %}
    {% if seed in (var('own_seeds') or {}) %}
        {% do return(own_relation(var('own_seeds')[seed])) %}
    {% endif %}
    {% do return(ref('customer_engagement', seed)) %}
{% endmacro %}


{#- What messages call a seed: its file, or what stands in its place. Arguments: seed, its name. -#}
{% macro seed_label(seed) %}
    {% do return((var('own_seeds') or {}).get(seed, seed ~ '.csv')) %}
{% endmacro %}


{#-
    The select of a seed's rows: all columns as text, whatever types a model of yours gives them; optional columns
    that are missing are null. Asks the database while a model is compiled, and takes all columns for given
    where the seed is not there yet. Fails with one sentence where a required column is missing.

    Arguments: seed, its name.
-#}
{% macro seed_rows(seed) %}
    {%- set relation = seed_relation(seed) -%}
    {%- set contract = seed_contract(seed) -%}
    {%- set names = [] -%}
    {%- if execute -%}
        {%- for found in adapter.get_columns_in_relation(relation) -%}
            {%- do names.append(found.name | lower) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set missing = contract['required'] | reject('in', names) | list if names else [] -%}
    {%- if missing -%}
        {%- do stop_with(
            seed_label(seed) ~ ' has no column ' ~ missing | join(', ') ~ ' (it has ' ~ names | join(', ')
            ~ '): rename the column, or add it.'
        ) -%}
    {%- endif -%}
    select
        {%- for column in contract['required'] + contract['optional'] %}
        cast({{ column if not names or column in names else 'null' }} as {{ dbt.type_string() }}) as {{ column }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
{%- endmacro %}
