"""A strict double of ServiceDesk Plus (on-premises, v3) and ServiceNow (Table API) on loopback.

    with running_desk() as desk:
        desk.sdp_url, desk.snow_url, desk.tickets("sdp"), desk.violations()

See README.md in this folder for what it refuses, what it does silently, and which behaviours are switches.
"""

from desk.client import Desk, running_desk

__all__ = ["Desk", "running_desk"]
