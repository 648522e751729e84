-- depends_on: {{ source('engagement_input', 'erasure_requests') }}
{{ input_relation('erasure_requests') }}
