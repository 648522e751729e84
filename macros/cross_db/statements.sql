{#-
    dbt's macro through which all statements of this project's models, hooks and tests go: it tells what the engine
    takes, see as_taken().

    Arguments: name under which the result is kept; fetch_result, whether rows are wanted; auto_begin, whether a
    transaction is begun; language.
-#}
{% macro statement(name=none, fetch_result=false, auto_begin=true, language='sql') -%}
    {%- set code = as_taken(caller()) if execute -%}
    {%- call dbt.statement(name, fetch_result, auto_begin, language) -%}
        {{ code }}
    {%- endcall -%}
{%- endmacro %}


{#-
    dbt's query that tells the columns of another, for contracts, as the engine takes it. Arguments: select_sql, the
    other query; select_sql_header, what goes before it.
-#}
{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) %}
    {{- return(as_taken(dbt.get_empty_subquery_sql(select_sql, select_sql_header))) -}}
{% endmacro %}


{#-
    dbt's statement that creates a view. Iceberg on Spark leaves the query of a view as it was when the view is replaced:
    there it is dropped before. Arguments: relation; sql, its query.
-#}
{% macro get_create_view_as_sql(relation, sql) -%}
    {%- if config.get('file_format') == 'iceberg' -%}
        {%- call statement(auto_begin=false) -%}
            drop view if exists {{ relation.render() }}
        {%- endcall -%}
    {%- endif -%}
    {{- dbt.get_create_view_as_sql(relation, sql) -}}
{%- endmacro %}


{#- A statement as the engine takes it. Arguments: code, the statement. -#}
{% macro as_taken(code) %}
    {{- return(adapter.dispatch('as_taken', 'customer_engagement')(code)) -}}
{% endmacro %}

{% macro default__as_taken(code) %}
    {%- do return(code) -%}
{% endmacro %}

{#-
    It refuses casts to a decimal of so many digits, which it knows for columns of tables alone: the cast is one to the
    longest decimal, which is then rounded. Brackets within texts and comments do not count.
-#}
{% macro bigquery__as_taken(code) %}
    {%- set pieces -%}
        ('(?:[^'\\]|\\.)*'|--[^\n]*|/\*[\s\S]*?\*/|`[^`]*`|\b(?:safe_)?cast\(|\s+as\s+bignumeric\(\d+, \d+\)\s*\)|[()])
    {%- endset -%}
    {%- set taken, opened = [], [] -%}
    {%- for piece in modules.re.split(pieces, code) -%}
        {%- if piece.endswith('cast(') or piece == '(' -%}
            {%- do opened.append(taken | length) -%}
            {%- do taken.append(piece) -%}
        {%- elif modules.re.match('\\s+as\\s+bignumeric[(]', piece) -%}
            {%- do taken.insert(opened.pop(), 'round(') -%}
            {%- set scale = modules.re.findall('[0-9]+', piece)[1] -%}
            {%- do taken.append(piece.partition('(')[0] ~ '), ' ~ scale ~ ')') -%}
        {%- else -%}
            {%- if piece == ')' and opened -%}{%- do opened.pop() -%}{%- endif -%}
            {%- do taken.append(piece) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(taken | join) -%}
{% endmacro %}

{#-
    Its casts to a decimal cut off what rounding would keep, its `date` begins in 1970, lag() and lead() give 0 or an
    empty text where there is no row, counts and sums of flags are unsigned and do not mix with other numbers, and a
    column of several joined tables keeps the name of its table (`a.id`) where it is selected without a name of its own.
    Texts and comments are left as they are.
-#}
{% macro clickhouse__as_taken(code) %}
    {%- set pieces -%}
        (?x)(
            '(?:[^'\\]|\\.)*' | --[^\n]* | /\*[\s\S]*?\*/
            | \b(?:cast|chr|count|lag|lead)\( | \)\s+over\s+\( | [()]
            | \s+as\s+(?:date|decimal\(\d+,\s\d+\))\s*\)
            | \b(?:then|else)\s+[01]\b(?!\.)
            | (?:\bselect(?:\s+distinct)?|,)(?:\s*--[^\n]*)*\s+\w+\.\w+(?=\s*[,)]|\s+from\b|\s*\Z)
            | \bdistinct\s+from\b | \bselect\b | \bfrom\b
        )
    {%- endset -%}
    {%- set openings = {
        'cast(': {}, '(': {}, 'chr(': {'begin': 'char('}, 'lag(': {'begin': 'lag(toNullable(', 'end': ')'},
        'lead(': {'begin': 'lead(toNullable(', 'end': ')'}, 'count(': {'begin': 'toInt64(count(', 'after': ')'},
    } -%}
    {#- Of each open bracket its place, what ends it beside its own, and whether columns are listed in it. -#}
    {%- set taken, opened = [], [{}] -%}
    {%- for piece in modules.re.split(pieces, code) -%}
        {%- set word = piece | trim -%}
        {%- if word.startswith('select') -%}
            {%- do opened[-1].update({'lists': true}) -%}
        {%- elif word == 'from' -%}
            {%- do opened[-1].update({'lists': false}) -%}
        {%- endif -%}
        {%- if word in openings -%}
            {%- set opening = openings[word] -%}
            {%- do opened.append({'place': taken | length, 'end': opening.end, 'after': opening.after}) -%}
            {%- do taken.append(opening.begin or piece) -%}
        {%- elif word.startswith('as decimal(') -%}
            {%- set precision, scale = modules.re.findall('[0-9]+', word) -%}
            {%- set place = opened.pop().place -%}
            {%- do taken.pop(place) -%}
            {%- do taken.insert(place, 'cast(round(accurateCastOrNull(') -%}
            {%- do taken.append(
                "\n, 'Decimal(" ~ (38 if precision | int <= 32 else 76) ~ ', ' ~ (scale | int + 6) ~ ")'), " ~ scale
                ~ ')' ~ piece
            ) -%}
        {%- elif modules.re.fullmatch('as\\s+date\\s*\\)', word) -%}
            {%- do opened.pop() -%}
            {%- do taken.append(piece | replace('date', 'Date32')) -%}
        {%- elif word.startswith(')') and word.endswith('(') -%}
            {%- set closed = opened.pop() -%}
            {%- do opened.append({'place': taken | length, 'after': closed.after}) -%}
            {#- Of lag(column, rows) the column alone is what may be null. -#}
            {%- if closed.end -%}
                {%- set last = modules.re.fullmatch('([\\s\\S]*?)((?:,\\s*\\d+\\s*)?)', taken.pop()) -%}
                {%- do taken.append(last[1] ~ closed.end ~ last[2]) -%}
            {%- endif -%}
            {%- do taken.append(') over (') -%}
        {%- elif word == ')' and opened | length > 1 -%}
            {%- set closed = opened.pop() -%}
            {%- do taken.append(piece ~ (closed.end or '') ~ (closed.after or '')) -%}
        {%- elif modules.re.fullmatch('(then|else)\\s+[01]', word) -%}
            {%- do taken.append(piece[:-1] ~ 'toInt8(' ~ piece[-1] ~ ')') -%}
        {%- elif opened[-1].lists and modules.re.fullmatch('(select|,)[^.(]*\\.\\w+', word) -%}
            {%- do taken.append(piece ~ ' as ' ~ piece.rpartition('.')[2]) -%}
        {%- else -%}
            {%- do taken.append(piece) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(taken | join) -%}
{% endmacro %}
