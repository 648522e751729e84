{{ config(enabled=is_connected('rudderstack')) }}

{{ call_events('rudderstack') }}
