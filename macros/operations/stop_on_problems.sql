{#-
    Fails the model that it is a post-hook of, and so all that is built on it, with the sentences that the
    model holds.

    Arguments: relation, with the columns place and problem.
-#}
{% macro stop_on_problems(relation) %}
    {% if execute and not flags.EMPTY %}
        {% set rows = run_query(
            'select place, problem from ' ~ relation ~ ' order by place, problem'
        ).rows %}
        {% if rows %}
            {% set sentences = [] %}
            {% for row in rows %}{% do sentences.append(row[0] ~ ': ' ~ row[1]) %}{% endfor %}
            {% do stop_with(sentences | join('\n')) %}
        {% endif %}
    {% endif %}
{% endmacro %}
