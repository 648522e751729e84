{{ config(enabled=is_connected('rudderstack')) }}

{{ call_aliases('rudderstack') }}
