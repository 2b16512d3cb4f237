"""The MCP server class of `openai-agents`: lists, makes an allowed call, and is refused one. Prints what it saw as JSON."""

import asyncio
import json
import sys

from agents.mcp import MCPServerStreamableHttp


async def main(url: str, token: str, customer: int) -> None:
    params = {"url": url, "headers": {"Authorization": f"Bearer {token}"}}
    async with MCPServerStreamableHttp(params=params) as server:
        tools = await server.list_tools()
        allowed = await server.call_tool("read", {"id": customer, "rows": 20})
        refused = await server.call_tool("export", {"table": "interactions", "rows": 5000 + customer})
    print(
        json.dumps(
            {
                "tools": [tool.name for tool in tools],
                "allowed": allowed.model_dump(mode="json", by_alias=True),
                "refused": refused.model_dump(mode="json", by_alias=True),
            }
        )
    )


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
