-- depends_on: {{ input_source('erasure_requests') }}
{{ input_relation('erasure_requests') }}
