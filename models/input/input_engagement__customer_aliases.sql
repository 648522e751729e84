-- depends_on: {{ input_source('customer_aliases') }}
{{ input_relation('customer_aliases') }}
