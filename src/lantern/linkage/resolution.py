"""Resolves records into persons, one scheme after another, refusing every doubtful join."""

from lantern.linkage.scheme import ALONE, NUMBERS, PARTNER, SPLIT, Store


def begin(connection: Store) -> None:
    """
    Make the temporary tables `place`, `held`, `number` and `split_pair` from `record` and `claim`.

    `place`: one row per record: `node`, its number in the order of `local_person_key`; `person`, the number of
    the first record of its person; `link_basis`, the scheme that first joined the record to another;
    `weakest_basis`, the scheme that last enlarged its person. At first everyone is alone.
    """
    connection.execute(
        f"""
        create or replace temp table place as
        select
            local_person_key,
            cast(row_number() over (order by local_person_key) as integer) as node,
            node as person,
            '{ALONE}' as link_basis,
            '{ALONE}' as weakest_basis
        from record
        """
    )
    _make_held(connection)
    _make_number(connection)
    connection.execute(
        f"""
        create or replace temp table split_pair as
        select min(node) as one, max(node) as other
        from claim
        inner join place using (local_person_key)
        where scheme = '{SPLIT}'
        group by token
        """
    )


def _make_held(connection: Store) -> None:
    """Which record holds which token, for tokens that more than one record holds: the others join nobody."""
    connection.execute(
        f"""
        create or replace temp table held as
        select scheme, token, node, partner, detail
        from claim
        inner join place using (local_person_key)
        where scheme <> '{SPLIT}'
        qualify count(*) over (partition by scheme, token) > 1
        """
    )


def _make_number(connection: Store) -> None:
    """The NHS number and UPN of each record that has any, each as the place of the first record that has the same."""
    wanted = ", ".join(f"max(first_node) filter (where scheme = '{scheme}') as {scheme}" for scheme in NUMBERS)
    connection.execute(
        f"""
        create or replace temp table number as
        with numbered as (
            select scheme, node, min(node) over (partition by scheme, token) as first_node
            from claim
            inner join place using (local_person_key)
            where scheme in {NUMBERS}
        )
        select node, {wanted}
        from numbered
        group by node
        """
    )


def join(connection: Store, scheme: str) -> None:
    """
    Join the persons that hold one token of a scheme.

    A token joins nobody where its holders have two NHS numbers or two UPNs between them, where a partner has split
    them, or where one partner knows them by different forenames: there it is a twin, a typing slip or a shared
    address. What several good tokens would join together is left as it was if the whole is doubtful in that way.
    """
    connection.execute(
        """
        create or replace temp table holder as
        select distinct held.token, place.person
        from held
        inner join place using (node)
        where held.scheme = $scheme
        qualify count(distinct place.person) over (partition by held.token) > 1
        """,
        {"scheme": scheme},
    )
    _drop_doubtful_tokens(connection, scheme)
    _label_components(connection)
    connection.execute(f"delete from label where label in ({_doubtful('label', 'label', 'label')})")
    connection.execute(
        """
        create or replace temp table place as
        select
            place.local_person_key,
            place.node,
            coalesce(label.label, place.person) as person,
            if(label.label is not null and place.link_basis = $alone, $scheme, place.link_basis) as link_basis,
            if(label.label is not null, $scheme, place.weakest_basis) as weakest_basis
        from place
        left join label using (person)
        """,
        {"scheme": scheme, "alone": ALONE},
    )


def _drop_doubtful_tokens(connection: Store, scheme: str) -> None:
    told_apart = """
        select held.token
        from held
        inner join place using (node)
        where held.scheme = $scheme
        group by held.token, held.partner
        having count(distinct held.detail) > 1 and count(distinct place.person) > 1
    """
    # A partner's own word on two of its records needs no forename to agree.
    also = "" if scheme == PARTNER else f" or token in ({told_apart})"
    connection.execute(
        f"delete from holder where token in ({_doubtful('holder', 'token', 'token')}){also}",
        {} if scheme == PARTNER else {"scheme": scheme},
    )


def _doubtful(table: str, group: str, key: str) -> str:
    """Those groups of persons that hold two numbers of a kind, or a pair that was split."""
    two = " or ".join(f"min({scheme}) < max({scheme})" for scheme in NUMBERS)
    return f"""
        with person_number as (
            select person, {", ".join(f"max({scheme}) as {scheme}" for scheme in NUMBERS)}
            from number
            inner join place using (node)
            group by person
        ),
        person_split as (
            select distinct one_place.person as one, other_place.person as other
            from split_pair
            inner join place as one_place on split_pair.one = one_place.node
            inner join place as other_place on split_pair.other = other_place.node
        )
        select {group} as {key}
        from {table}
        inner join person_number using (person)
        group by {group}
        having {two}
        union
        select first_side.{group}
        from person_split
        inner join {table} as first_side on person_split.one = first_side.person
        inner join {table} as second_side
            on person_split.other = second_side.person and first_side.{group} = second_side.{group}
    """


def _label_components(connection: Store) -> None:
    """
    Make `label`: for each person in `holder`, the first person it is connected with.

    Every round each person, and the person it was last labelled with, takes the lowest label offered through any
    token, and then the label of that label: rounds grow with the logarithm of the longest chain. (A recursive CTE
    with `using key` finds the same, and took minutes where this takes a second: see docs/linkage.md.)
    """
    connection.execute("create or replace temp table label as select distinct person, person as label from holder")
    is_changed = True
    while is_changed:
        connection.execute(
            """
            create or replace temp table lower_label as
            with
            lowest as (
                select token, min(label) as label
                from holder
                inner join label using (person)
                group by token
            ),
            offered as (
                select holder.person, label.label as root, lowest.label
                from holder
                inner join label using (person)
                inner join lowest using (token)
            ),
            taken as (
                select person, min(label) as label
                from (select person, label from offered union all select root, label from offered)
                group by person
            )
            select taken.person, above.label
            from taken
            inner join taken as above on taken.label = above.person
            """
        )
        found = connection.execute(
            "select exists(select 1 from lower_label inner join label using (person) where lower_label.label <> label.label)"
        ).fetchone()
        is_changed = found[0]
        connection.execute("create or replace temp table label as from lower_label")
