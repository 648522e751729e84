-- depends_on: {{ input_source('subscriptions') }}
{{ input_relation('subscriptions') }}
