"""What a WSGI server loads: the gateway with the environment's configuration."""

from gateway.app import create_app
from gateway.config import read_config

app = create_app(read_config())
