"""The oracle's own survival estimate, row by row: Kaplan-Meier, and Aalen-Johansen where closing competes."""

from measure import CLOSED, DONE, Wait


def share_by_day(waits: list[Wait], limit: int) -> float:
    """
    The share done by day `limit`, from what is known of waits that are not over.

    One minus Kaplan-Meier where nothing competes, Aalen-Johansen where closure does; a wait
    that is open on day t was at risk on day t.
    """
    left, done = 1.0, 0.0
    for day in range(limit + 1):
        at_risk = sum(each.days >= day for each in waits)
        if not at_risk:
            break
        ended = [each.end for each in waits if each.days == day]
        done += left * ended.count(DONE) / at_risk
        left *= 1 - (ended.count(DONE) + ended.count(CLOSED)) / at_risk
    return done
