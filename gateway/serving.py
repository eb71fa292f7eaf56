"""How granian serves the gateway: one process of many threads, which wait for the model server most of the time.

Processes are scaled by replicas, so that each has one metrics endpoint, one pool of connections and one monitor.
"""

import os
import socket

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from prometheus_client import start_http_server
from werkzeug.serving import is_running_from_reloader, run_simple

from gateway import leaving
from gateway.config import Config
from gateway.services.container import EXTENSION
from gateway.telemetry import configure_logging

APP_FACTORY = "gateway.wsgi:serving_app"  # which the worker calls
# When leave is taken of all who keep a connection, requests under way have this long to end.
DRAIN_S = 10
LARGEST_HEADERS_BYTES = 32 * 1024
HEADERS_WITHIN_MS = 10_000


def serve(config: Config) -> None:
    """Serve until SIGTERM or SIGINT. Raises OSError where the port cannot be had."""
    configure_logging()
    for port in (config.port, config.metrics_port):
        _check_free(config.host, port)
    leaving.LeavingServer(
        APP_FACTORY,
        factory=True,
        address=config.host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=config.threads,
        http=HTTPModes.http1,
        websockets=False,
        http1_settings=HTTP1Settings(
            max_buffer_size=LARGEST_HEADERS_BYTES, header_read_timeout=HEADERS_WITHIN_MS
        ),
        # Its own lines are written by the root logger, in the gateway's form; the request's own line tells more.
        log_dictconfig={"loggers": {"_granian": {"handlers": [], "propagate": True}}, "handlers": {}, "formatters": {}},
        workers_kill_timeout=DRAIN_S,
    ).serve()


def serve_debug(app: Flask, config: Config) -> None:
    """Serve with Werkzeug's server, which loads changed code anew; for whoever works on the gateway, and for nobody
    else: it has none of the limits of serve().
    """
    configure_logging()
    app.debug = True
    if is_running_from_reloader():  # in the process that serves, not in the one that watches over it
        start_beside(app, config)
    run_simple(config.host, config.port, app, use_reloader=True, threaded=True)


def _check_free(host: str, port: int) -> None:
    """Raises OSError naming a port that cannot be had. The server itself would share it with another one, each of them
    getting some of the requests.
    """
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise OSError(f"cannot listen on {host}:{port}: {error.strerror}") from None


def start_beside(app: Flask, config: Config) -> None:
    """Keep to the CPU that is set, and start what a serving process has beside its routes: the model servers'
    monitors, what follows the rollouts, and the metrics' port.
    """
    if config.cpu is not None:
        os.sched_setaffinity(0, {config.cpu})  # threads that are started from here on inherit it
    services = app.extensions[EXTENSION]
    services.watch.start()
    services.prices.start()
    services.mirror.start()
    services.observer.start()
    start_http_server(config.metrics_port, addr=config.host, registry=services.metrics.registry)
