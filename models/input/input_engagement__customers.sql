-- depends_on: {{ source('engagement_input', 'customers') }}
{{ input_relation('customers', carried_customer_columns()) }}
