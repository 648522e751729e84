{{ config(enabled=is_connected('segment')) }}

{{ call_events('segment') }}
