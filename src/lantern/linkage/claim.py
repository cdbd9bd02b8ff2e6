"""What is said of who a record is about: its tokens, and what its own partner has merged or split."""

from lantern.linkage import renewal
from lantern.linkage.scheme import DESCRIPTIVE, MOST_RECORDS_OF_ONE_NAME, NUMBERS, PARTNER, SPLIT, SUPPORTING, Store

_TOKENS = (*NUMBERS, *DESCRIPTIVE, *SUPPORTING)

# The same rule as the model stg_partner__deliveries, which is built after persons are linked; a test runs the drawn
# tables of that model's own tests through this one.
_IN_FORCE = """
    select delivery.*
    from raw.delivery
    where not exists (
        select 1
        from raw.delivery as later
        where
            delivery.partner = later.partner
            and delivery.source_format = later.source_format
            and later.mode = 'full'
            and 2 * (
                1 + date_diff(
                    'day',
                    greatest(delivery.period_from, later.period_from),
                    least(delivery.period_to, later.period_to)
                )
            ) > 1 + date_diff('day', delivery.period_from, delivery.period_to)
            and (
                delivery.snapshot_at < later.snapshot_at
                or (delivery.snapshot_at = later.snapshot_at and delivery.delivery_id < later.delivery_id)
            )
    )
"""

# An event whose latest version in force is not active: no version of it says anything of its person any more. Only what
# some version takes back is looked at, since it is little. Twice in one delivery, an active row is the last word.
_WITHDRAWN = """
    select local_person_key, event_key
    from raw.partner_event
    inner join delivery_in_force using (delivery_id)
    where (local_person_key, event_key) in (
        select (local_person_key, event_key)
        from raw.partner_event
        where record_status <> 'active'
    )
    group by local_person_key, event_key
    having not max_by(record_status = 'active', (snapshot_at, delivery_id, record_status = 'active'))
"""

# Each token as the newest delivery that knows it has it: a slip put right is forgotten, and a census, which has no
# NHS numbers, takes none away. Within one delivery the person's latest event tells, and the rest makes it definite.
_NEWEST = ", ".join(
    f"max_by({column}, (snapshot_at, delivery_id, event_on, {column})) as {column}"
    for column in (*(f"token_{scheme}" for scheme in _TOKENS), "birth_month", "sex")
)
_IDENTITY = f"""
    select local_person_key, min(partner) as partner, {_NEWEST}
    from raw.partner_event
    inner join delivery_in_force using (delivery_id)
    anti join withdrawn using (local_person_key, event_key)
    where record_status = 'active'
    group by local_person_key
"""

# A partner's last word on two of its records, by when it says it happened and then by its own clock, not by arrival.
# On one day without a time a split is the last word: two left apart can be joined later, two joined cannot be told apart.
_DECLARED = """
    with
    versions as (
        select
            partner,
            event_key,
            supersedes_event_key,
            event_type,
            record_status,
            least(local_person_key, related_person_key) as one,
            greatest(local_person_key, related_person_key) as other,
            event_on,
            snapshot_at,
            delivery_id,
            coalesce(event_at, cast(event_on as timestamp)) as happened_at
        from raw.partner_event
        inner join delivery_in_force using (delivery_id)
        where
            event_type in ('PERSON_MERGED', 'PERSON_SPLIT')
            and related_person_key <> local_person_key
        qualify row_number() over (
            partition by partner, event_key, one, other
            order by snapshot_at desc, delivery_id desc
        ) = 1
    ),
    standing as (
        select *
        from versions
        where
            record_status = 'active'
            and not exists (
                select 1
                from versions as newer
                where
                    newer.partner = versions.partner
                    and newer.supersedes_event_key = versions.event_key
                    and newer.event_key <> versions.event_key
                    and newer.snapshot_at >= versions.snapshot_at
            )
    )
    select
        partner,
        one,
        other,
        max_by(event_type, (event_on, happened_at, snapshot_at, delivery_id, event_type)) = 'PERSON_SPLIT' as is_split
    from standing
    group by partner, one, other
"""


def gather(connection: Store, *, with_supporting: bool) -> None:
    """
    Make the temporary tables `record` and `claim` from all deliveries in force.

    `record`: one row per partner's own record of a person, of any delivery: `local_person_key`.

    `claim`: one row per record and what is claimed of it: `scheme` (a token's, `partner` for
    a merge, `split`), `token` (for a merge or split, the pair), `local_person_key`, `partner`,
    and `detail`, which tells two records with one token apart, or is null. A description that
    more than `MOST_RECORDS_OF_ONE_NAME` records hold is left out: it is no claim on anybody. So is what
    only a withdrawn event told. All that a link is decided by must be a claim: a change of nothing else is noticed.

    Args:
        connection: The warehouse, with `raw.partner_event` and `raw.delivery`.
        with_supporting: Also the tokens that only a probable link uses.
    """
    connection.execute(f"create or replace temp table delivery_in_force as {_IN_FORCE}")
    connection.execute(f"create or replace temp table withdrawn as {_WITHDRAWN}")
    connection.execute(f"create or replace temp table identity as {_IDENTITY}")
    renewal.bring_to_newest(connection)
    connection.execute(f"create or replace temp table declared as {_DECLARED}")
    connection.execute(
        """
        create or replace temp table record as
        select local_person_key from raw.partner_event
        union select one from declared
        union select other from declared
        """
    )
    schemes = (*NUMBERS, *DESCRIPTIVE, *(SUPPORTING if with_supporting else ()))
    claims = " union all ".join([*map(_of_tokens, schemes), _of_pairs("one"), _of_pairs("other")])
    connection.execute(f"create or replace temp table claim as {claims}")


def _of_tokens(scheme: str) -> str:
    # One name and address with two forenames are twins, or a slip; one token and two forenames at ONE partner are twins.
    detail = {"ndp1": "token_ndp4", "ndp3": "concat_ws('|', token_ndp2, birth_month, sex)"}.get(scheme, "null")
    capped = f"qualify count(*) over (partition by token_{scheme}) <= {MOST_RECORDS_OF_ONE_NAME}"
    return f"""(
        select
            '{scheme}' as scheme,
            token_{scheme} as token,
            local_person_key,
            partner,
            cast({detail} as varchar) as detail
        from identity
        where token_{scheme} is not null
        {"" if scheme in NUMBERS else capped}
    )"""


def _of_pairs(side: str) -> str:
    return f"""
        select if(is_split, '{SPLIT}', '{PARTNER}'), concat(one, other), {side}, partner, null
        from declared
    """
