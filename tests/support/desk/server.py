"""The listener: one handler for all paths, faults around the two systems, nothing else decided here."""

from __future__ import annotations

import asyncio
import json
import traceback
from pathlib import Path

from aiohttp import web

from desk.control import Control, control_reply
from desk.desk_state import DeskState
from desk.faults import BEFORE, Fault
from desk.page import page_reply
from desk.profile import Profile
from desk.sdp import Sdp
from desk.snow import Snow
from desk.wire import Call, Reply

_MAX_BODY = 8 * 1024 * 1024
_HIBERNATING = (b"<!DOCTYPE html><html><head><title>Hibernating Instance</title></head><body><h1>Your instance is "
                b"hibernating</h1><p>Sign in to the developer site to wake it.</p></body></html>")
_LOGIN = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Sign in to continue</form></body></html>"


class Drop(Exception):
    """The connection ends here, without another byte."""


def _answering_fault(fault: Fault, system: str) -> Reply:
    after = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
    match fault.action:
        case "html_200":
            return Reply(200, _LOGIN, "text/html;charset=UTF-8")
        case "hibernate":
            return Reply(200, _HIBERNATING, "text/html;charset=UTF-8")
        case "redirect_302":
            return Reply(302, b"", "text/html", {"Location": fault.location or f"/{system}/login.do"})
        case "status_429" if system == "snow":
            error = {"error": {"message": "Rate limit exceeded",
                               "detail": "Rate limit of 100 requests per hour for Table API exceeded"}, "status": "failure"}
            return Reply(429, json.dumps(error).encode(), headers=after)
        case "status_429":
            status = {"status_code": 4000, "messages": [{"status_code": 4015, "type": "failed",
                      "message": "URL blocked as maximum access limit exceeded"}], "status": "failed"}
            return Reply(429, json.dumps({"response_status": status}).encode(), headers=after)
        case "status_503":
            return Reply(503, b"<html><body><h1>Service Unavailable</h1></body></html>", "text/html", after)
    return _server_error(system)


def _server_error(system: str) -> Reply:
    if system == "snow":
        return Reply(500, json.dumps({"error": {
            "message": "Transaction cancelled: maximum execution time exceeded",
            "detail": "Transaction cancelled: maximum execution time exceeded. Check logs for error trace"},
            "status": "failure"}).encode())
    return Reply(500, json.dumps({"response_status": {"status_code": 4000, "messages": [
        {"status_code": 4004, "type": "failed", "message": "Internal Error"}], "status": "failed"}}).encode())


def _spoiled(fault: Fault, reply: Reply, system: str) -> Reply:
    match fault.action:
        case "status_500_after_commit":
            return _server_error(system)
        case "bad_json":
            return Reply(reply.status, b'{"result":{"sys_id":"0123' + b"\x00\xff", reply.content_type, reply.headers)
        case "empty_200":
            return Reply(200, b"", reply.content_type, reply.headers)
        case "mixed_result_error":
            error = b'{"error":{"message":"Transaction cancelled","detail":null},"status":"failure"}'
            return Reply(200, reply.body[:-1] + b"," + error[1:] + b"\n}", reply.content_type, reply.headers)
    return reply


class Server:
    def __init__(self, profile: Profile, folder: Path | None) -> None:
        self._state = DeskState(profile, folder)
        self._control = Control(self._state)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw, _, query = request.raw_path.partition("?")
        body = await request.read()
        origin = f"{request.scheme}://{request.host}"
        if raw.startswith("/_control/"):
            return _sent(control_reply(self._control, request.method, raw, query, body))
        for system in ("sdp", "snow"):
            if raw.startswith(f"/{system}/"):
                call = Call(system, request.method, raw[len(system) + 1:], query, request.headers, body,
                            self._state.clock.now_ms(), origin)
                return await self._serve(request, call)
        return _sent(page_reply(self._state, request.method, raw, query))

    async def _serve(self, request: web.Request, call: Call) -> web.StreamResponse:
        text = call.body.decode("utf-8", "replace")
        fault = self._state.faults.pick(call.system, call.method, call.path, text)
        if fault and fault.action == "delay":
            await asyncio.sleep(fault.ms / 1000)
        system = self._state.sdp if call.system == "sdp" else self._state.snow
        if fault and fault.action in BEFORE and not fault.after_commit:
            reply = None if fault.action == "drop_before_commit" else _answering_fault(fault, call.system)
        else:
            reply = _after(fault, _handled(system, call), call.system)
        self._state.journal.record(call, status=reply.status if reply else 0, fault=fault.action if fault else "",
                                   reply=reply.body if reply else b"")
        if reply is None:
            return _dropped(request)
        if fault and fault.action in ("truncate", "slow_body"):
            return await _partly(request, reply, fault)
        return _sent(reply)


def _handled(system: Sdp | Snow, call: Call) -> Reply:
    try:
        return system.handle(call)
    except Exception:
        # A fault of the double itself: loud in every test that looks for violations.
        call.violation("double_failed", traceback.format_exc(limit=-3))
        return _server_error(call.system)


def _after(fault: Fault | None, reply: Reply, system: str) -> Reply | None:
    if fault is None or fault.action == "delay":
        return reply
    if fault.action == "drop_after_commit":
        return None
    if fault.action in BEFORE:
        return _answering_fault(fault, system)
    return _spoiled(fault, reply, system)


def _dropped(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    raise Drop


def _headers(reply: Reply) -> dict[str, str]:
    return {"Content-Type": reply.content_type, "Cache-Control": "no-store", **reply.headers}


def _sent(reply: Reply) -> web.Response:
    headers = _headers(reply)
    if reply.status == 204 or not reply.body:
        headers.pop("Content-Type", None)
    return web.Response(status=reply.status, body=reply.body, headers=headers)


async def _partly(request: web.Request, reply: Reply, fault: Fault) -> web.StreamResponse:
    """Promises the whole length; sends half and ends, or all of it a bit at a time over `ms`."""
    response = web.StreamResponse(status=reply.status, headers=_headers(reply))
    response.content_length = len(reply.body)
    await response.prepare(request)
    if fault.action == "truncate":
        await response.write(reply.body[:len(reply.body) // 2])
        if request.transport is not None:
            request.transport.close()
        raise Drop
    step = max(1, len(reply.body) // 20)
    for at in range(0, len(reply.body), step):
        await response.write(reply.body[at:at + step])
        await asyncio.sleep(fault.ms / 1000 / 20)
    await response.write_eof()
    return response


def make_app(profile: Profile, folder: Path | None) -> web.Application:
    server = Server(profile, folder)

    @web.middleware
    async def quiet_drop(request: web.Request, handler: web.RequestHandler) -> web.StreamResponse:  # type: ignore[type-arg]
        try:
            return await handler(request)
        except Drop:
            # The connection is gone; whatever is returned is written to nobody.
            response = web.Response()
            response.force_close()
            return response

    app = web.Application(client_max_size=_MAX_BODY, middlewares=[quiet_drop])
    app.router.add_route("*", "/{path:.*}", server.handle)
    return app
