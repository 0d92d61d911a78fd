"""The page itself: a template, filled with a run's facts.

Whatever is put into the template is escaped and made inert, unless it is markup that this package made; the page
forbids itself scripts and the network, so that a name that slips through could do nothing.
"""

from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from workbench import __version__
from workbench.core.report.charts import reliability_chart, run_charts
from workbench.core.report.facts import Facts
from workbench.core.report.matrix import matrix_of
from workbench.safe_text import inert_lines
from workbench.words import count, duration, percent, rate, share


def page(facts: Facts) -> str:
    """The whole HTML text."""
    environment = Environment(
        loader=PackageLoader(__package__ or "", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_inert,
    )
    environment.filters |= {"percent": percent, "duration": duration, "rate": rate, "count": count}
    environment.globals["share"] = share
    return environment.get_template("page.html.j2").render(_context(facts))


def _inert(value: object) -> object:
    """What stands in the page: markup as it is, everything else as inert text."""
    return value if isinstance(value, Markup) else inert_lines(str(value))


def _context(facts: Facts) -> dict[str, object]:
    record, metrics = facts.record, facts.metrics
    charts = [(title, Markup(svg)) for title, svg in run_charts(record, facts.edits)]  # noqa: S704  (ours)
    reliability = reliability_chart(facts.calibration) if facts.calibration else ""
    return {
        "facts": facts,
        "record": record,
        "started": record.started,
        "metrics": metrics,
        "names": [report.name for report in metrics.per_class] if metrics else [],
        "matrix": matrix_of(metrics) if metrics else None,
        "charts": charts,
        "reliability": Markup(reliability),  # noqa: S704  (ours)
        "version": __version__,
        "when": datetime.fromtimestamp(record.started.time, UTC) if record.started else None,
        "best_step": next((one.step for one in reversed(record.evaluations) if one.best), None),
        "notices": [notice for notice in record.notices if notice.level != "info"],
    }
