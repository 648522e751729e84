{#-
    Pre-hook of the daily scores: stops a run that would make them from nothing while only some days are to be
    scored again, as after `dbt build --full-refresh --select engagement_scores_daily`.
-#}
{% macro demand_all_spans() %}
    {% if execute and not is_incremental() and not flags.EMPTY %}
        {% set left_out = run_query(
            'select count(*) from ' ~ ref('int_engagement__score_spans')
            ~ ' where last_day is not null and coalesce(from_day > first_day, 1 = 1)'
        ).rows[0][0] %}
        {% if left_out %}
            {% do stop_with(
                'engagement_scores_daily cannot be made anew alone: run dbt build again, with '
                ~ '--full-refresh if you wish, but without --select.'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}
