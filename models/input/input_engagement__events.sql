-- depends_on: {{ input_source('events') }}
{{ input_relation('events', marked=true) }}
