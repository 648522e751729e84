{{ config(enabled=is_connected('segment')) }}

{{ call_aliases('segment') }}
