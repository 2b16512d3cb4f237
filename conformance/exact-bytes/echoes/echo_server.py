"""An MCP server that says what it got, as Python's parsers read it: see echo-server.ts. `echo_server.py TABLES`"""

import asyncio
import base64
import hashlib
import json
import os
import struct
import sys
import threading

try:
    import pydantic_core
except ImportError:
    pydantic_core = None
try:
    from mcp.types import jsonrpc_message_adapter
except ImportError:
    jsonrpc_message_adapter = None

with open(sys.argv[1], encoding="utf-8") as file:
    TABLES = json.load(file)

received = []


def of_sdk(body):
    """As the MCP SDK does: the message by its model, from the bytes."""
    return jsonrpc_message_adapter.validate_json(body).model_dump(by_alias=True)


PARSERS = {"python json": json.loads}
if pydantic_core is not None:
    PARSERS["pydantic_core"] = pydantic_core.from_json
if jsonrpc_message_adapter is not None:
    PARSERS["python mcp"] = of_sdk


def readings_of(body):
    readings = {}
    for name, parse in PARSERS.items():
        try:
            message = parse(body)
            params = message.get("params") or {}
            readings[name] = json.dumps([message["method"], params.get("name"), params.get("arguments", {})])
        except Exception as thrown:
            readings[name] = f"refused: {type(thrown).__name__}"
    return readings


def speak(path, body):
    sha256 = hashlib.sha256(body).hexdigest()
    try:
        message = json.loads(body)
        message = message if isinstance(message, dict) else {}
    except Exception:
        message = {}
    method = message.get("method")
    base64_text = base64.b64encode(body).decode("ascii")
    received.append({"id": message.get("id"), "method": method, "sha256": sha256, "base64": base64_text})
    if "id" not in message:
        return 202, None
    answer = {"jsonrpc": "2.0", "id": message["id"]}
    table = TABLES.get(path, {})
    if isinstance(method, str) and method in table:
        return 200, {**answer, "result": table[method]}
    if method != "tools/call":
        return 200, {**answer, "error": {"code": -32601, "message": "Method not found"}}
    result = {
        "content": [{"type": "text", "text": "echoed"}],
        "structuredContent": {"sha256": sha256, "readings": readings_of(body)},
    }
    if path == "/stateless":
        result["resultType"] = "complete"
    return 200, {**answer, "result": result}


def read_all(frames):
    readings = []
    at = 0
    while at < len(frames):
        (length,) = struct.unpack_from(">I", frames, at)
        readings.append(readings_of(frames[at + 4 : at + 4 + length]))
        at += 4 + length
    return readings


def serve(verb, path, body):
    if path == "/received":
        told = received.copy()
        received.clear()
        return 200, told
    if path == "/read":
        return 200, read_all(body)
    if verb == "POST":
        return speak(path, body)
    return (200 if verb == "DELETE" else 405), None


class Connection(asyncio.Protocol):
    """HTTP/1.1 with lengths, which is all that is sent here; the standard library's server is far slower."""

    def connection_made(self, transport):
        self.transport = transport
        self.buffered = bytearray()

    def data_received(self, data):
        self.buffered += data
        while True:
            end = self.buffered.find(b"\r\n\r\n")
            if end < 0:
                return
            first, *lines = bytes(self.buffered[:end]).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            if "transfer-encoding" in headers:
                self.transport.close()
                return
            whole = end + 4 + int(headers.get("content-length", "0"))
            if len(self.buffered) < whole:
                return
            body = bytes(self.buffered[end + 4 : whole])
            del self.buffered[:whole]
            verb, path, _ = first.split(" ", 2)
            status, value = serve(verb, path, body)
            text = b"" if value is None else json.dumps(value).encode("utf-8")
            kind = b"" if value is None else b"content-type: application/json\r\n"
            head = f"HTTP/1.1 {status} Answered\r\ncontent-length: {len(text)}\r\n".encode("ascii")
            self.transport.write(head + kind + b"\r\n" + text)


def end_with_input():
    while os.read(0, 4096):
        pass
    os._exit(0)


async def main():
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    threading.Thread(target=end_with_input, daemon=True).start()
    print(f"listening {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(main())
