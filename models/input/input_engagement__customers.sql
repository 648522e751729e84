-- depends_on: {{ input_source('customers') }}
{{ input_relation('customers', carried_customer_columns()) }}
