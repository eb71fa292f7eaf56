"""Metrics: their names, their labels, and that nothing from outside makes them grow."""

import pytest
from prometheus_client import generate_latest

from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import VALUATIONS, Gateway


def test_the_metrics_have_their_names(gateway: Gateway) -> None:
    """Dashboards and alarms are written against these."""
    # given a request that was answered and one that was refused
    gateway.value()
    gateway.value(mileage_km=-1)
    # when the metrics are read
    text = generate_latest(gateway.services.metrics.registry).decode()
    # then they are there
    assert f'gateway_requests_total{{method="POST",route="{VALUATIONS}",status="200"}} 1.0' in text
    assert f'gateway_requests_total{{method="POST",route="{VALUATIONS}",status="422"}} 1.0' in text
    assert f'gateway_request_seconds_count{{route="{VALUATIONS}"}} 2.0' in text
    assert 'gateway_valuations_total{version="1"} 1.0' in text
    assert "gateway_model_available 1.0" in text
    assert "# TYPE gateway_model_failures_total counter" in text


def test_apps_do_not_share_their_metrics(open_gateway: OpenGateway) -> None:
    """Each app counts its own."""
    # given two gateways, one of which is asked
    one, other = open_gateway(), open_gateway()
    one.value()
    # when both are read, then one has counted
    assert one.metric("gateway_valuations_total", version="1") == 1
    assert other.metric("gateway_valuations_total", version="1") == 0


@pytest.mark.parametrize("what", ["ids", "addresses", "methods"])
def test_nothing_from_outside_makes_the_metrics_grow(gateway: Gateway, what: str) -> None:
    """Labels are routes, known methods and statuses: their number has a bound, whatever callers invent."""
    # given one invented address, id or method
    def invent(number: int) -> None:
        if what == "ids":
            gateway.client.get(f"{VALUATIONS}/{number}")
        elif what == "addresses":
            gateway.client.get(f"/api/v1/{number}")
            gateway.client.get(f"/{number}")
        else:
            gateway.client.open(VALUATIONS, method=f"INVENTED{number}")

    invent(0)
    size = len(list(gateway.services.metrics.registry.collect())[0].samples)
    # when there are more, then there are no more series
    for number in range(1, 20):
        invent(number)
    assert len(list(gateway.services.metrics.registry.collect())[0].samples) == size


def test_the_metrics_are_not_on_the_products_port(gateway: Gateway) -> None:
    """They are on a port of their own: this one is the world's."""
    # given a gateway, when its own port is asked for metrics, then there are none
    assert "gateway_requests" not in gateway.client.get("/metrics").text
