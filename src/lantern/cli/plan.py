"""`lantern plan`: what a quarter's release would cost and how sure each figure would be, before anything is spent."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lantern.cli.hub import DEMO, Json, Partnership, say
from lantern.home import Home

if TYPE_CHECKING:
    from rich.console import JustifyMethod

    from lantern.partnership import Privacy
    from lantern.privacy.figure import Figure
    from lantern.release.outlook import Forecast, Outlook

app = typer.Typer()
UNITS = {"zcdp": "micro-rho", "pure": "micro-epsilon"}
WIDTH = 100


@app.command()
def plan(
    period: Annotated[
        str | None, typer.Argument(help="A calendar quarter, like 2026-Q2; absent, the next one.")
    ] = None,
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Show what a quarter's release would cost and how sure each figure would be. Spends nothing."""
    from lantern import catalogue
    from lantern.partnership import read_partnership
    from lantern.period import Quarter
    from lantern.release import outlook

    home, found = Home.of(partnership), read_partnership(partnership)
    quarter = Quarter.parse(period) if period else outlook.next_period(found, home)
    seen = outlook.outlook(found, quarter, home)
    if as_json:
        typer.echo(json.dumps(_entry(seen, found.privacy), indent=2))
        return
    console = Console(width=WIDTH)
    volumes = ", ".join(f"{rows:,} {catalogue.base_table(name).unit_many}" for name, rows in seen.volumes.items())
    say(f"{found.title}, {quarter}. Expected at {volumes} a quarter ({seen.volumes_from}).")
    say("")
    console.print(_figures(seen))
    console.print(_marginals(seen))
    for line in _words(seen, found.privacy):
        console.print(line, markup=False, highlight=False)


def _figures(seen: "Outlook") -> Table:
    from lantern import catalogue

    table = Table(
        title="95% ranges to expect: ± points of a share (of the share done by that day), ± rows of a count",
        title_justify="left",
        width=WIDTH,
    )
    for heading in ("Figure", "Value", "Quarter", "Year", seen.other_family, "Grade"):
        justify: JustifyMethod = "left" if heading in ("Figure", "Grade") else "right"
        table.add_column(
            heading, justify=justify, no_wrap=heading != "Figure", ratio=1 if heading == "Figure" else None
        )
    titles = {each.id: each.title for each in catalogue.released()}
    shown = ""
    for each in seen.forecasts:
        question = each.quarter.question
        if question.measure_id != shown:
            shown = question.measure_id
            table.add_section()
            table.add_row(f"[bold]{titles[shown]}[/bold]")
        widths = [_width(figure) for figure in (each.quarter, each.year, each.other)]
        table.add_row(f"  {_name(each)}", _value(each.quarter), *widths, each.verdict)
    return table


def _name(each: "Forecast") -> str:
    question = each.quarter.question
    if question.statistic == "curve":
        return f"done by day {question.at_day}"
    name = {"median": "half done by", "p90": "9 in 10 done by"}.get(question.statistic, question.statistic)
    if question.breakdown == "all":
        return name
    return f"{name}, {_waited().get(question.category, question.category)}"


def _waited() -> dict[str, str]:
    from lantern import codelist

    return codelist.labels("waiting_group")


def _value(figure: "Figure") -> str:
    statistic = figure.question.statistic
    if statistic == "count":
        return f"{figure.value:,.0f}"
    if statistic in ("median", "p90"):
        return f"day {figure.value:.0f}" if figure.value < float("inf") else "not reached"
    return f"{100 * figure.value:.0f}%"


def _width(figure: "Figure") -> str:
    if figure.question.statistic == "count":
        return f"{figure.half_width:,.0f}"
    return f"{100 * figure.half_width:.1f}"


def _marginals(seen: "Outlook") -> Table:
    unit = UNITS[seen.plan.family]
    table = Table(title="What is drawn", title_justify="left", width=WIDTH)
    for heading, justify in (
        ("Part and its sums", "left"),
        ("Sums", "right"),
        (unit, "right"),
        ("± of a sum", "right"),
    ):
        table.add_column(heading, justify="left" if justify == "left" else "right", overflow="fold")
    for part in (part for each in seen.plan.tables for part in each.parts):
        table.add_section()
        table.add_row(f"[bold]{part.name}[/bold], person budget {part.rows_a_year:g} rows", "", f"{part.micro:,}", "")
        for marginal, multiplier, deviation in zip(part.marginals, part.multipliers, part.deviations(), strict=True):
            cost = multiplier**2 if seen.plan.family == "zcdp" else multiplier
            micro = f"{part.micro * cost / part.row_cost:,.0f}"
            table.add_row(f"  {marginal.name}", str(marginal.size), micro, f"{1.96 * deviation:,.0f}")
    return table


def _words(seen: "Outlook", privacy: "Privacy") -> list[str]:
    from lantern.release import outlook

    unit, epsilons, other = UNITS[seen.plan.family], seen.epsilons, seen.other_family
    lines = []
    for each in seen.tables:
        if each.to_dual and each.to_svd:
            lines.append(
                f"{each.name}: weighted error {each.to_dual:.2f} of the least any linear plan can reach, "
                f"{each.to_svd:.2f} of the singular value bound."
            )
        said = ", ".join(f"{name} {100 * part:.0f}%" for name, part in each.measure_costs.items())
        lines.append(f"{each.name}: without the measure, its others' ranges would be narrower by: {said or 'nothing'}.")
    said = ", ".join(f"{span} ({each:.2f}, {privacy.delta:g})" for span, each in epsilons.items())
    lines += [
        f"Cost: at most {seen.plan.micro:,} {unit} for one person, for this quarter alone and for any four in a row together.",
        *_populations(seen),
        f"As (epsilon, delta): {said}. A childhood is {outlook.CHILDHOOD} years of releases.",
        f"{other}: the other family at the same (epsilon, delta) a year, {seen.other_micro:,} {UNITS[other]}.",
        "Year: the rolling year, the sum of four quarters, costs nothing more. 'year only': too wide each quarter.",
        "'never' and 'year only' are decided by this plan: such a figure is not shown, however sure it comes out.",
        *_unlike_expected(seen),
        f"Plan {seen.plan.digest}. Nothing was spent.",
    ]
    return lines


def _unlike_expected(seen: "Outlook") -> list[str]:
    """What another plan would show, where the last release had more rows or fewer than this one is made for."""
    remedy = "[expected] in the partnership's file decides, by a plan to be approved anew."
    said = {
        f"{seen.outgrown} figures that it does not show would be sure enough at these volumes: {remedy}": seen.outgrown,
        f"{seen.overstated} figures that it shows are not expected to be sure enough at these volumes, so noise would choose which are "
        f"shown: {remedy}": seen.overstated,
    }
    return [line for line, count in said.items() if count]


def _populations(seen: "Outlook") -> list[str]:
    if len(seen.plan.populations) == 1:
        return []
    return [
        f"The tables of {' and of '.join(seen.plan.populations)} cost that each; a person pays in one of them alone in any four quarters."
    ]


def _entry(seen: "Outlook", privacy: "Privacy") -> dict[str, Any]:
    return {
        "period": seen.plan.period,
        "plan_digest": seen.plan.digest,
        "family": seen.plan.family,
        "micro": seen.plan.micro,
        "charges": seen.plan.charges,
        "epsilon": seen.epsilons["release"],
        "epsilon_of": seen.epsilons,
        "delta": privacy.delta,
        "volumes": seen.volumes,
        "outgrown": seen.outgrown,
        "overstated": seen.overstated,
        "other_family": {"family": seen.other_family, "micro": seen.other_micro},
        "tables": [
            {
                "name": each.name,
                "error_to_dual_bound": each.to_dual,
                "error_to_svd_bound": each.to_svd,
                "others_narrower_without": each.measure_costs,
            }
            for each in seen.tables
        ],
        "parts": [
            {
                "name": part.name,
                "rows_a_year": part.rows_a_year,
                "micro": part.micro,
                "marginals": [
                    {"name": marginal.name, "sums": marginal.size, "deviation": deviation}
                    for marginal, deviation in zip(part.marginals, part.deviations(), strict=True)
                ],
            }
            for table in seen.plan.tables
            for part in table.parts
        ],
        "figures": [_figure(each) for each in seen.forecasts],
    }


def _figure(each: "Forecast") -> dict[str, Any]:
    question = each.quarter.question
    return {
        "measure_id": question.measure_id,
        "breakdown": question.breakdown,
        "category": question.category,
        "statistic": question.statistic,
        "is_headline": question.is_headline,
        "expected_half_width": round(float(each.quarter.half_width), 4),
        "expected_grade": each.quarter.grade,
        "year_half_width": round(float(each.year.half_width), 4),
        "year_grade": each.year.grade,
        "other_family_half_width": round(float(each.other.half_width), 4),
        "verdict": each.verdict,
    }
