{{ config(enabled=is_connected('mixpanel')) }}

with

{{ mixpanel_events() }},

{{ mixpanel_sightings() }},

{{ sole_owners('user_aliases', 'sightings', 'anonymous_id', 'user_id') }}

{{ connector_aliases('user_aliases', var('mixpanel_account') | string | trim != '') }}
