-- depends_on: {{ input_source('survey_responses') }}
{{ input_relation('survey_responses') }}
