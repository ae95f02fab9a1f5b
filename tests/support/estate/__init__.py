"""Real TLS servers on loopback, for tests, benchmarks and the demo.

    with running_estate(folder, only=["healthy", "expired"]) as estate:
        estate["expired"].port

Servers, their certificates and what a scan must find are data: see `specs.py`.
"""

from estate.estate import Estate, Server, available, running_estate
from estate.many import Listeners, many_listeners
from estate.specs import SERVERS, CertificateSpec, ServerSpec

__all__ = ["SERVERS", "CertificateSpec", "Estate", "Listeners", "Server", "ServerSpec", "available",
           "many_listeners", "running_estate"]
