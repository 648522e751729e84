{#-
    The tables of Snowplow, for connector_tables(): its events, and where a warehouse has entities and
    self-describing events in tables of their own (Redshift, PostgreSQL), those.
-#}
{% macro snowplow_tables() %}
    {% set tables = {
        'events': {
            'names': ['events', 'atomic_events', 'snowplow_events', 'event', 'enriched*', 'enriched*/*'],
            'headless': snowplow_columns(),
            'columns': [
                ['event_id'], ['event_name', 'event'],
                ['derived_tstamp', 'collector_tstamp'],
                ['user_id', 'domain_userid', 'network_userid'],
            ],
        },
    } %}
    {% for name, value in snowplow_values().items() if value['table'] %}
        {% set stem = value['table'] %}
        {% do tables.update({name: {
            'names': [stem, stem ~ '_1', stem ~ '_2', stem ~ '_3'],
            'columns': [['root_id', 'event_id'], value['keys'] | map('lower') | list],
        }}) %}
    {% endfor %}
    {% do return({'any_of': ['events'], 'tables': tables}) %}
{% endmacro %}


{#- The 131 columns of an enriched event of Snowplow, in the order in which its files have them. -#}
{% macro snowplow_columns() %}
    {% set names = '
        app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker v_tracker
        v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx network_userid
        geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name ip_isp
        ip_organization ip_domain ip_netspeed page_url page_title page_referrer page_urlscheme page_urlhost
        page_urlport page_urlpath page_urlquery page_urlfragment refr_urlscheme refr_urlhost refr_urlport
        refr_urlpath refr_urlquery refr_urlfragment refr_medium refr_source refr_term mkt_medium mkt_source mkt_term
        mkt_content mkt_campaign contexts se_category se_action se_label se_property se_value unstruct_event
        tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state tr_country ti_orderid ti_sku ti_name
        ti_category ti_price ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent
        br_name br_family br_version br_type br_renderengine br_lang br_features_pdf br_features_flash
        br_features_java br_features_director br_features_quicktime br_features_realplayer br_features_windowsmedia
        br_features_gears br_features_silverlight br_cookies br_colordepth br_viewwidth br_viewheight os_name
        os_family os_manufacturer os_timezone dvce_type dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset
        doc_width doc_height tr_currency tr_total_base tr_tax_base tr_shipping_base ti_currency ti_price_base
        base_currency geo_timezone mkt_clickid mkt_network etl_tags dvce_sent_tstamp refr_domain_userid
        refr_dvce_tstamp derived_contexts domain_sessionid derived_tstamp event_vendor event_name event_format
        event_version event_fingerprint true_tstamp
    ' %}
    {% do return(names.split()) %}
{% endmacro %}


{#-
    What is read of an event of Snowplow beside its own columns: for each the column, without the version, the keys
    that it may have there, and the table that it may be in instead. Without keys it is a column of the events.
-#}
{% macro snowplow_values() %}
    {% set wanted = {
        'client_user': ['contexts_com_snowplowanalytics_snowplow_client_session', ['userId', 'user_id']],
        'screen': ['unstruct_event_com_snowplowanalytics_mobile_screen_view', ['name']],
        'is_bot': ['contexts_com_snowplowanalytics_snowplow_bot_detection', ['bot']],
        'is_spider': [
            'contexts_com_iab_snowplow_spiders_and_robots', ['spiderOrRobot', 'spider_or_robot'],
        ],
        'device_class': ['contexts_nl_basjes_yauaa_context', ['deviceClass', 'device_class']],
        'agent_class': ['contexts_nl_basjes_yauaa_context', ['agentClass', 'agent_class']],
        'account': snowplow_place(var('snowplow_account')),
        'amount': snowplow_place(var('snowplow_quantity')),
    } %}
    {% set values = {} %}
    {% for name, place in wanted.items() if place %}
        {% do values.update({name: {
            'column': place[0],
            'keys': place[1],
            'table': place[0] | replace('unstruct_event_', '') | replace('contexts_', '') if place[1] else none,
        }}) %}
    {% endfor %}
    {% do return(values) %}
{% endmacro %}


{#-
    The column, without the number of a version, and the keys of a place such as contexts_com_acme_account_1.id;
    none for nothing. Arguments: place.
-#}
{% macro snowplow_place(place) %}
    {% set parts = (place | string | trim).split('.', 1) %}
    {% if not parts[0] %}
        {% do return(none) %}
    {% elif parts | length == 1 %}
        {% do return([parts[0] | lower, []]) %}
    {% endif %}
    {% set words = (parts[0] | lower).split('_') %}
    {% for version in range(3) %}
        {% if words | length > 1 and words[-1].isdigit() %}{% do words.pop() %}{% endif %}
    {% endfor %}
    {% do return([words | join('_'), parts[1:]]) %}
{% endmacro %}


{#-
    The expressions of a value in the columns of the events, for the several versions of a schema; empty where there
    are none. Arguments: found, what raw_table() returned for the events; value, of snowplow_values().
-#}
{% macro snowplow_terms(found, value) %}
    {% set terms = [] %}
    {% if not value['keys'] %}
        {% if value['column'] in found['columns'] %}
            {% do terms.append(raw_column(found, [value['column']], 'id')) %}
        {% endif %}
        {% do return(terms) %}
    {% endif %}
    {% for column in found['columns'] if modules.re.match('^' ~ value['column'] ~ '(_[0-9]+)*$', column) %}
        {% set json = raw_column(found, [column], 'json') %}
        {% for key in value['keys'] %}
            {% do terms.append(trimmed(json_text(json_first(json), sql_text(key)))) %}
        {% endfor %}
    {% endfor %}
    {% set packed = ['unstruct_event'] if value['column'].startswith('unstruct_event_')
        else ['contexts', 'derived_contexts'] if value['column'].startswith('contexts_') else [] %}
    {% for column in packed if column in found['columns'] %}
        {% for key in value['keys'] %}
            {% do terms.append(
                described_value(raw_column(found, [column], 'json'), value['table'], sql_text(key))
            ) %}
        {% endfor %}
    {% endfor %}
    {% do return(terms) %}
{% endmacro %}


{#- The expression of a value by snowplow_terms(), null without any. Arguments: found and value, as there. -#}
{% macro snowplow_text(found, value) -%}
    {%- set terms = snowplow_terms(found, value) -%}
    {%- if terms -%}
        coalesce({{ terms | join(', ') }}, null)
    {%- else -%}
        cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}


{#-
    The values of snowplow_values() that are in tables of their own. Arguments: found, what raw_table() returned for
    the events. Returns a dictionary from their names to what raw_table() returned.
-#}
{% macro snowplow_value_tables(found) %}
    {% set value_tables = {} %}
    {% for name, value in snowplow_values().items() if value['table'] and not snowplow_terms(found, value) %}
        {% set table = raw_table('snowplow', name) %}
        {% if table['from'] is not none %}{% do value_tables.update({name: table}) %}{% endif %}
    {% endfor %}
    {% do return(value_tables) %}
{% endmacro %}


{#- Fails with one sentence where the account or the quantity of Snowplow is said to be where nothing is. -#}
{% macro check_snowplow() %}
    {% set found = raw_table('snowplow', 'events') %}
    {% for name, variable in {'account': 'snowplow_account', 'amount': 'snowplow_quantity'}.items() %}
        {% set value = snowplow_values().get(name) %}
        {% if value and not snowplow_terms(found, value) and name not in snowplow_value_tables(found) %}
            {% do stop_with(
                'The variable ' ~ variable ~ ' is ' ~ var(variable) ~ ', and ' ~ found['label']
                ~ ' has no such column' ~ (', nor is there a table ' ~ value['table'] if value['table'] else '')
                ~ ': set it to a column, or to a column and a key with a dot between.'
            ) %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{#- The expression of the data of a self-describing event as JSON text. Arguments: found, the events. -#}
{% macro snowplow_event_data(found) -%}
    {%- set terms = [] -%}
    {%- for column in found['columns'] if column.startswith('unstruct_event_') -%}
        {%- do terms.append("nullif(" ~ raw_column(found, [column], 'json') ~ ", 'null')") -%}
    {%- endfor -%}
    {%- if 'unstruct_event' in found['columns'] -%}
        {%- do terms.append(described_value(raw_column(found, ['unstruct_event'], 'json'))) -%}
    {%- endif -%}
    {%- if terms -%}
        coalesce({{ terms | join(', ') }}, null)
    {%- else -%}
        cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}


{#-
    The expression of an anonymous visitor; those whom Snowplow does not tell apart are nobody. Arguments: found,
    what raw_table() returned for the events.
-#}
{% macro snowplow_visitor(found) -%}
    nullif(
        coalesce(
            {{ raw_column(found, ['domain_userid'], 'id') }},
            {{ raw_column(found, ['network_userid'], 'id') }}
        ),
        '00000000-0000-0000-0000-000000000000'
    )
{%- endmacro %}


{#- The expression of the quantity that Snowplow's own kinds of events have. -#}
{% macro snowplow_own_quantity() -%}
    case
        when event_type = 'struct' then se_value
        when event_type = 'transaction' then tr_total
        when event_type = 'transaction_item' then ti_quantity
    end
{%- endmacro %}
