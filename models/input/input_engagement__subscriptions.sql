-- depends_on: {{ source('engagement_input', 'subscriptions') }}
{{ input_relation('subscriptions') }}
