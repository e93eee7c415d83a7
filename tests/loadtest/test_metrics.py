"""The server's CPU out of its metrics page."""

import aiohttp

from loadtest.metrics import Sample, ServerMetrics, read

PAGE = """# HELP homeroom_media_total What the media process counted, by name.
homeroom_media_total{name="process_cpu_us"} 2.5e+06
homeroom_media_total{name="datagrams_in"} 17.0
homeroom_control_cpu_seconds 1.25
homeroom_http_requests_total{method="GET",route="/ws",status="101"} 3.0
"""


def test_a_page_is_read() -> None:
    assert read(PAGE, 7.0) == Sample(7.0, 2.5, 1.25)
    assert read("nothing", 7.0) is None


async def test_percent_of_a_core_from_then_on() -> None:
    async with aiohttp.ClientSession() as http:
        metrics = ServerMetrics(http, "")
        metrics.samples = [Sample(0, 0, 0), Sample(10, 1, 1), Sample(20, 6, 2)]
        assert metrics.cpu_percent(10) == (50.0, 10.0)
        assert metrics.cpu_percent(15) == (None, None)
