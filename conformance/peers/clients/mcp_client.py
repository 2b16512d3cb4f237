"""A client of the Python `mcp` package: lists, makes an allowed call, and is refused one. Prints what it saw as JSON."""

import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client


async def main(url: str, token: str, customer: int) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with create_mcp_http_client(headers=headers) as client:
        async with streamable_http_client(url, http_client=client) as streams:
            async with ClientSession(streams[0], streams[1]) as session:
                begun = await session.initialize()
                tools = await session.list_tools()
                allowed = await session.call_tool("read", {"id": customer, "rows": 20})
                refused = await session.call_tool("export", {"table": "interactions", "rows": 5000 + customer})
    print(
        json.dumps(
            {
                "protocol": begun.protocol_version,
                "tools": [tool.name for tool in tools.tools],
                "allowed": allowed.model_dump(mode="json", by_alias=True),
                "refused": refused.model_dump(mode="json", by_alias=True),
            }
        )
    )


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
