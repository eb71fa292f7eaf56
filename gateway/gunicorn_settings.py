"""How gunicorn serves the gateway: one process of many threads, which wait for the model server most of the time.

Processes are scaled by replicas, so that each has one metrics endpoint, one channel and one monitor.
"""

from typing import Any

from prometheus_client import start_http_server

from gateway.config import read_config
from gateway.telemetry import configure_logging

# Before gunicorn's first line, so that all of the log is of one form.
configure_logging()
_config = read_config()

bind = f"{_config.host}:{_config.port}"
workers = 1
worker_class = "gthread"
threads = _config.threads
# On SIGTERM no new connection is taken, and requests under way have this long to end.
graceful_timeout = 10
timeout = 60
keepalive = 30
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
# A heartbeat file on a disk that stalls would have a healthy worker killed.
worker_tmp_dir = "/dev/shm"
# The request's own log line tells more.
accesslog = None
logger_class = "gateway.gunicorn_logger.InheritedLogger"


def post_worker_init(worker: Any) -> None:
    """Start what a serving process has beside its routes: the model server's monitor and the metrics' port."""
    services = worker.wsgi.extensions["dealership"]
    services.monitor.start()
    start_http_server(_config.metrics_port, addr=_config.host, registry=services.metrics.registry)
