-- depends_on: {{ source('engagement_input', 'survey_responses') }}
{{ input_relation('survey_responses') }}
