{{ config(enabled=is_connected('mapped')) }}

{{ mapped_events() }}
