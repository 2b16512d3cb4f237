"""A client of `langchain-mcp-adapters`: lists, makes an allowed call, and is refused one. Prints what it saw as JSON."""

import asyncio
import json
import sys

from langchain_core.tools import ToolException
from langchain_mcp_adapters.client import MultiServerMCPClient


async def main(url: str, token: str, customer: int) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    client = MultiServerMCPClient({"crm": {"transport": "streamable_http", "url": url, "headers": headers}})
    tools = {tool.name: tool for tool in await client.get_tools()}

    async def call(name: str, arguments: dict) -> dict:
        try:
            return {"content": await tools[name].ainvoke(arguments)}
        except ToolException as refusal:
            return {"isError": True, "content": str(refusal)}

    allowed = await call("read", {"id": customer, "rows": 20})
    refused = await call("export", {"table": "interactions", "rows": 5000 + customer})
    print(json.dumps({"tools": list(tools), "allowed": allowed, "refused": refused}, default=str))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
