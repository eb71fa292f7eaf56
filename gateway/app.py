"""create_app: the gateway, wired together."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from apiflask import APIFlask
from flask import Response, g
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway import health, web_app
from gateway.admission import Admission
from gateway.api import (
    access,
    batch,
    cars,
    coefficients,
    feedback,
    filters,
    inputs,
    listings,
    market,
    models,
    offers,
    openapi,
    promotions,
    reviews,
    rollouts,
    sessions,
    site,
    tokens,
    users,
    v2,
    valuations,
)
from gateway.api.inputs import PathId, PathText
from gateway.api.replies import reply
from gateway.config import Config
from gateway.db.engine import database_url, engine_options, is_not_migrated, refers_to_nothing
from gateway.errors import Conflict, DatabaseUnavailable, Problem
from gateway.extensions import db, migrate
from gateway.inference.client import InferenceClient
from gateway.inference.lane import Lane
from gateway.inference.monitor import ModelMonitor
from gateway.inference.prices import Prices
from gateway.services.accounts import Accounts
from gateway.services.attempts import Attempts
from gateway.services.batch import Batches
from gateway.services.cards import Cards
from gateway.services.container import EXTENSION, Services
from gateway.services.filters import Filters
from gateway.services.mail import Mail
from gateway.services.market.comparables import Comparables
from gateway.services.market.search import Search
from gateway.services.monitoring.inputs import Inputs
from gateway.services.monitoring.observer import Observer
from gateway.services.password_resets import PasswordResets
from gateway.services.rollouts.mirror import Mirror
from gateway.services.rollouts.rollouts import Rollouts
from gateway.services.rollouts.tally import Tally
from gateway.services.rollouts.traffic import Traffic
from gateway.services.rollouts.watch import Watch
from gateway.services.site import read_site
from gateway.services.valuations import Valuations
from gateway.short_path import ShortPath
from gateway.telemetry import Metrics
from model.schema.vehicle import Vehicle

API = "/api/v1"
VALUATIONS = f"{API}{valuations.PATH}"
PRICED = (VALUATIONS, f"{API}{market.COMPARABLES}", v2.INFER_PATH)
LARGEST_FORM_BYTES = 64 * 1024
MOST_FORM_PARTS = 20


class App(APIFlask):
    """All views and hooks are plain functions: to ask of each on every request whether it is a coroutine costs more
    than routing.
    """

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(config: Config) -> APIFlask:
    """A gateway with this configuration. Its monitors are not started: a server does that, a command need not."""
    app = App(
        __name__,
        title="Dealership AI",
        version="1",
        spec_path=f"{API}/openapi.json",
        docs_path=None,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]
    )
    app.config.update(
        SQLALCHEMY_DATABASE_URI=database_url(config.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(config.database_url),
        STATIC_DIR=config.static_dir,
        EXPERIMENTS_FILE=config.experiments_file,
        # No view reads forms; were one to, by mistake, this is all that it would get. Bodies have limits of their own.
        MAX_CONTENT_LENGTH=LARGEST_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM_BYTES,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        OPENAPI_VERSION="3.1.0",
        DESCRIPTION="Used-car valuations: a price, its reasons in euros and an honest range.",
        SYNC_LOCAL_SPEC=False,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
    )
    db.init_app(app)
    migrate.init_app(app, db, directory=f"{app.root_path}/migrations")

    def probe() -> Vehicle:
        with app.app_context():
            return cards.commonest_car()

    prices = Prices([_lane(url, probe, config) for url in config.model_urls])
    cards = Cards(prices)
    metrics = Metrics(prices)
    asked = Inputs()
    tally = Tally()
    mirror = Mirror(prices, cards, tally, metrics, app.app_context)
    traffic = Traffic(prices, cards, tally, mirror, metrics)
    attempts = Attempts(config.limit_attempts)
    services = app.extensions[EXTENSION] = Services(
        prices=prices,
        cards=cards,
        valuations=Valuations(prices, cards, traffic, asked, config.buying_margin_percent, config.selling_bonus_eur),
        batches=Batches(prices, cards, metrics, config.batches, config.buying_margin_percent),
        filters=Filters(cards),
        comparables=Comparables(prices, traffic),
        search=Search(prices, cards),
        rollouts=Rollouts(prices, cards),
        watch=Watch(prices, tally, metrics, app.app_context),
        mirror=mirror,
        observer=Observer(prices, cards, asked, metrics, app.app_context),
        attempts=attempts,
        accounts=Accounts(attempts),
        password_resets=PasswordResets(attempts, Mail(config), config.public_url),
        metrics=metrics,
        site=read_site(config),
        undo=timedelta(hours=config.undo_hours),
    )

    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    short = ShortPath(app.wsgi_app, VALUATIONS, services.valuations, metrics)
    admission = Admission(short, PRICED, config.most_at_once, metrics.count)
    metrics.pricing.set_function(lambda: admission.inside)
    app.wsgi_app = admission  # type: ignore[method-assign]
    app.url_map.converters |= {"page": web_app.PagePath, "string": PathText, "default": PathText, "id": PathId}
    metrics.watch(app)
    inputs.limit(app)
    access.enforce(app)
    _answer_errors(app, metrics)
    for module in (
        valuations, batch, filters, market, listings, coefficients, models, promotions, rollouts, users, sessions,
        tokens, cars, offers, feedback, reviews, site,
    ):  # fmt: skip
        app.register_blueprint(module.blueprint, url_prefix=API)
    for blueprint in (v2.blueprint, health.blueprint, web_app.blueprint):
        app.register_blueprint(blueprint)
    app.spec_processor(partial(openapi.complete, app))
    # The one view that is not ours.
    app.view_functions["openapi.spec"] = access.allow(access.ANYONE)(app.view_functions["openapi.spec"])
    return app


def _lane(url: str, probe: Callable[[], Vehicle], config: Config) -> Lane:
    try:
        client = InferenceClient(url, config.deadline_s)
    except ValueError as error:
        raise ValueError(f"GATEWAY_MODEL_URL: {error}") from None
    monitor = ModelMonitor(client, probe, config.probe_interval_s)
    return Lane(client, monitor, most_waiting=config.most_at_once, most_kept=config.kept_prices)


def _answer_errors(app: APIFlask, metrics: Metrics) -> None:
    """Every error leaves as problem+json, with the request's id to find it by in the log."""

    def answer(problem: Problem) -> Response:
        response = reply({**problem.document(), "request_id": g.request_id}, problem.status, problem.headers)
        response.mimetype = "application/problem+json"
        return response

    @app.errorhandler(Problem)
    def of_ours(problem: Problem) -> Response:
        metrics.count(problem)
        return answer(problem)

    @app.errorhandler(HTTPException)
    def of_flask(error: HTTPException) -> Response:
        problem = Problem(error.description or error.name)
        problem.status, problem.title = error.code or 500, error.name
        if allow := dict(error.get_headers()).get("Allow"):
            problem.headers["Allow"] = allow
        return answer(problem)

    @app.errorhandler(OperationalError)
    @app.errorhandler(ProgrammingError)
    @app.errorhandler(NoConnection)
    def of_database(error: Exception) -> Response:
        if isinstance(error, DBAPIError) and is_not_migrated(error):
            return answer(DatabaseUnavailable("it has not the tables of this code: `dealership-gateway db upgrade`"))
        if isinstance(error, ProgrammingError):
            return unforeseen(error)
        app.logger.exception("the database failed")
        return answer(DatabaseUnavailable())

    @app.errorhandler(IntegrityError)
    def of_rows(error: IntegrityError) -> Response:
        if refers_to_nothing(error):
            return answer(Conflict("what this is about was deleted in this moment", code="deleted_just_now"))
        return unforeseen(error)

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        app.logger.exception("a request failed")
        return answer(Problem("something that was not foreseen went wrong; the log has it under this request's id"))
