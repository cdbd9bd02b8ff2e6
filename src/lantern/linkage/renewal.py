"""Tokens of an older project key, brought to the newest, while partners change from one key to the next."""

from lantern.linkage.scheme import Store

# The same extract delivered under two keys tells of each event twice, under one event key: that is made with the partner's own
# key, which stays. So what stands in the one place of both is one thing under two keys.
_PAIRS = """
    with
    numbered as (
        select delivery_id, partner, source_format, snapshot_at, key_number
        from raw.delivery
        inner join project_key using (key_id)
    ),
    pair as (
        select distinct older.token_{scheme} as old, newer.token_{scheme} as new
        from numbered as before
        inner join numbered as after
            using (partner, source_format, snapshot_at)
        inner join raw.partner_event as older on older.delivery_id = before.delivery_id
        inner join raw.partner_event as newer
            on newer.delivery_id = after.delivery_id
            and older.event_key = newer.event_key
            and older.local_person_key = newer.local_person_key
        where
            before.key_number < after.key_number
            and older.token_{scheme} is not null
            and newer.token_{scheme} is not null
    )
    from pair
    qualify count(*) over (partition by old) = 1 and count(*) over (partition by new) = 1
"""


def bring_to_newest(connection: Store) -> None:
    """
    Replace, in the temporary table `identity`, each token of an older project key whose counterpart under a newer one is known.

    It is known from an extract that a partner delivered under both keys. A token that stands beside two others, because something
    was corrected in between, is left as it is. Keys are in the order in which deliveries under them began.

    Args:
        connection: The warehouse, with `raw.partner_event` and `raw.delivery`, and `identity` as `claim.gather` makes it.
    """
    connection.execute(
        """
        create or replace temp table project_key as
        select key_id, row_number() over (order by min(snapshot_at), key_id) as key_number
        from raw.delivery
        group by key_id
        """
    )
    (keys,) = connection.execute("select count(*) from project_key").fetchone()
    columns = connection.execute(
        "select column_name from (describe identity) where column_name like 'token_%'"
    ).fetchall()
    for (column,) in columns if keys > 1 else []:
        connection.execute(
            f"create or replace temp table renewed as {_PAIRS.format(scheme=column.removeprefix('token_'))}"
        )
        for _ in range(keys - 1):  # a token may have been renewed more than once
            connection.execute(
                f"update identity set {column} = renewed.new from renewed where identity.{column} = renewed.old"
            )
