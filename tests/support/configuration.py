"""Writes the configuration files that tests and the demo apply: an estate, the desk, policies."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from desk.client import SDP_TOKEN, SNOW_PASSWORD, SNOW_USER, Desk
from estate import Estate

SECRETS = {"SDP_TOKEN": SDP_TOKEN, "SNOW_PASSWORD": SNOW_PASSWORD}
PUBLIC_URL = "https://certherald.example.com:8443"


def endpoints(estate: Estate, names: Iterable[str]) -> str:
    blocks = []
    for name in names:
        server = estate[name]
        blocks.append(f'[[endpoint]]\nhost = "{server.host}"\nport = {server.port}\naddress = "{server.address}"\n')
    return "\n".join(blocks)


def connections(desk_url: str, template: str = "detailed", settle: str = "1s", timeout: str = "5s") -> str:
    common = f'template = "{template}"\nsettle = "{settle}"\ntimeout = "{timeout}"\n'
    return f'''
[[connection]]
name = "desk"
type = "servicedesk_plus"
url = "{desk_url}/sdp"
auth_token = {{ env = "SDP_TOKEN" }}
key_field = "udf_sline_301"
{common}
[[connection]]
name = "snow"
type = "servicenow"
url = "{desk_url}/snow"
username = "{SNOW_USER}"
password = {{ env = "SNOW_PASSWORD" }}
{common}'''


def policies(repeat: str = "update", every: str = "1d", max_new: int = 100) -> str:
    return f'''
[[policy]]
name = "expiring soon"
kind = "expiry"
within = "30d"
every = "{every}"
repeat = "{repeat}"
max_new = {max_new}

[[policy]]
name = "vulnerable"
kind = "vulnerability"
min_severity = "medium"
every = "{every}"
repeat = "{repeat}"
'''


def configuration(estate: Estate, desk: Desk, names: Iterable[str], *, repeat: str = "update", every: str = "1d",
                  template: str = "detailed", timeout: str = "5s", max_new: int = 100) -> str:
    return (f'[server]\npublic_url = "{PUBLIC_URL}"\n\n[scan]\ntrust = ["{Path(estate.root)}"]\n\n'
            + endpoints(estate, names) + connections(desk.url, template, timeout=timeout) + policies(repeat, every, max_new))
