"""Metrics in Prometheus' format. Counters are ours to count up; gauges ask the live parts when somebody looks.

Labels are few and bounded: never an id, a name or a path as it came.
"""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Numbers = Callable[[], Mapping[str, float]]

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter that nobody asks for

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """All metrics of one process. Hand it to whoever counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.http_requests = Counter(
            "homeroom_http_requests", "Answered requests.", ("method", "route", "status"), registry=self.registry
        )
        self.http_seconds = Histogram(
            "homeroom_http_request_seconds",
            "Time to answer.",
            ("route",),
            buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10),
            registry=self.registry,
        )
        self.joins = Counter(
            "homeroom_join_exchanges", "Links shown at the door, by what came of it.", ("code",), registry=self.registry
        )
        self.ws_messages = Counter(
            "homeroom_ws_messages", "Signaling messages.", ("direction",), registry=self.registry
        )
        self.drops = Counter(
            "homeroom_drops", "What a full queue or a limit threw away.", ("what",), registry=self.registry
        )

    def gauges(self, source: Numbers) -> None:
        """Show these numbers as gauges `homeroom_NAME`, asked at each scrape."""
        self.registry.register(_Asked(source, counter=False))

    def counters(self, source: Numbers) -> None:
        """Show these ever-growing numbers as one counter per name under `homeroom_media_total{name}`."""
        self.registry.register(_Asked(source, counter=True))

    def render(self) -> bytes:
        """The page that a Prometheus server reads."""
        return generate_latest(self.registry)


class _Asked(Collector):
    def __init__(self, source: Numbers, *, counter: bool) -> None:
        self._source = source
        self._counter = counter

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        if self._counter:
            family = CounterMetricFamily("homeroom_media", "What the media process counted, by name.", labels=("name",))
            for name, value in sorted(self._source().items()):
                family.add_metric([name], value)
            yield family
        else:
            for name, value in sorted(self._source().items()):
                yield GaugeMetricFamily(f"homeroom_{name}", f"{name.replace('_', ' ').capitalize()} now.", value=value)
