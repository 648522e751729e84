{#-
    The tables that each connector reads: for each the names that it may have (`*` stands for anything), and the
    columns that it cannot do without, each with the names that it may have. Of the tables listed under `any_of`
    at least one has to be there.
-#}
{% macro connector_tables() %}
    {% set tables = {
        'ga4': {
            'any_of': ['events'],
            'tables': {
                'events': {
                    'names': ['events_*', 'events'],
                    'columns': [['event_name'], ['event_timestamp'], ['user_pseudo_id', 'user_id']],
                },
            },
        },
        'posthog': {
            'any_of': ['events'],
            'tables': {
                'events': {
                    'names': ['events', 'event', 'posthog_events'],
                    'columns': [['uuid', 'id'], ['event'], ['distinct_id'], ['timestamp']],
                },
                'persons': {
                    'names': ['persons', 'person_distinct_ids'],
                    'columns': [['distinct_id'], ['person_id']],
                },
            },
        },
        'hubspot': {
            'any_of': ['engagement', 'call', 'email', 'meeting', 'note', 'task', 'communication', 'ticket'],
            'tables': {
                'engagement': {'names': ['engagement', 'engagements'], 'columns': [['id'], ['type']]},
                'contact': {
                    'names': ['contact', 'contacts'], 'columns': [['id', 'record id', 'vid']],
                },
                'ticket': {
                    'names': ['ticket', 'tickets'],
                    'columns': [hubspot_ids(), hubspot_creation_times()],
                },
                'engagement_company': {
                    'names': ['engagement_company'], 'columns': [['engagement_id'], ['company_id']],
                },
                'engagement_contact': {
                    'names': ['engagement_contact'], 'columns': [['engagement_id'], ['contact_id']],
                },
                'ticket_company': {
                    'names': ['ticket_company'], 'columns': [['ticket_id'], ['company_id']],
                },
                'ticket_contact': {
                    'names': ['ticket_contact'], 'columns': [['ticket_id'], ['contact_id']],
                },
            },
        },
        'zendesk': {
            'any_of': ['ticket'],
            'tables': {
                'ticket': {
                    'names': ['ticket', 'tickets'],
                    'columns': [['id'], ['created_at'], ['requester_id', 'submitter_id']],
                },
                'user': {'names': ['user', 'users'], 'columns': [['id']]},
                'organization': {'names': ['organization', 'organizations'], 'columns': [['id']]},
                'comment': {
                    'names': ['ticket_comment', 'ticket_comments'],
                    'columns': [['id'], ['ticket_id'], ['created', 'created_at'], ['user_id', 'author_id']],
                },
                'history': {
                    'names': ['ticket_field_history'],
                    'columns': [['ticket_id'], ['field_name'], ['value'], ['updated']],
                },
                'rating': {
                    'names': ['satisfaction_rating', 'satisfaction_ratings'],
                    'columns': [['ticket_id'], ['score'], ['updated_at', 'created_at']],
                },
            },
        },
        'stripe': {
            'any_of': ['charge', 'subscription'],
            'tables': {
                'charge': {
                    'names': ['charge', 'charges'],
                    'columns': [
                        ['id'], ['customer_id', 'customer'], ['created'], ['amount'], ['currency'], ['status'],
                    ],
                },
                'refund': {
                    'names': ['refund', 'refunds'],
                    'columns': [['id'], ['charge_id', 'charge'], ['created'], ['amount']],
                },
                'invoice': {'names': ['invoice', 'invoices'], 'columns': [['id']]},
                'invoice_payment': {'names': ['invoice_payment', 'invoice_payments'], 'columns': [['id']]},
                'customer': {'names': ['customer', 'customers'], 'columns': [['id']]},
                'customer_metadata': {
                    'names': ['customers_metadata', 'customer_metadata'],
                    'columns': [['customer_id'], ['key'], ['value']],
                },
                'subscription': {
                    'names': ['subscription_history', 'subscription', 'subscriptions'],
                    'columns': [
                        ['id'], ['customer_id', 'customer'], ['status'], ['start_date', 'start', 'created'],
                    ],
                },
                'item': {
                    'names': ['subscription_item', 'subscription_items'],
                    'columns': [['subscription_id', 'subscription'], ['price_id', 'price', 'plan_id', 'plan']],
                },
                'price': {
                    'names': ['price', 'prices'],
                    'columns': [['id'], ['unit_amount', 'unit_amount_decimal'], ['currency']],
                },
                'plan': {'names': ['plan', 'plans'], 'columns': [['id'], ['amount'], ['currency']]},
            },
        },
    } %}
    {% do tables.update({
        'segment': call_tables('segment'),
        'rudderstack': call_tables('rudderstack'),
        'snowplow': snowplow_tables(),
        'mixpanel': mixpanel_tables(),
        'amplitude': amplitude_tables(),
        'mapped': mapped_connector_tables(),
    }) %}
    {% for kind in hubspot_activities() %}
        {% do tables['hubspot']['tables'].update({kind: {
            'names': ['engagement_' ~ kind, 'engagements_' ~ kind ~ 's', kind ~ 's'],
            'columns': [hubspot_ids()],
        }}) %}
    {% endfor %}
    {% do return(tables) %}
{% endmacro %}
