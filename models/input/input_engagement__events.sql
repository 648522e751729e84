-- depends_on: {{ source('engagement_input', 'events') }}
{{ input_relation('events', marked=true) }}
