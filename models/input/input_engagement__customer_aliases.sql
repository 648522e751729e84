-- depends_on: {{ source('engagement_input', 'customer_aliases') }}
{{ input_relation('customer_aliases') }}
