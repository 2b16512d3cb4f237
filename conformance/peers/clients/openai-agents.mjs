import { Agent, MCPServerStreamableHttp, run, setTracingDisabled, Usage } from '@openai/agents';
import { ALLOWED, bearer, print, REFUSED, url } from './moves.mjs';

setTracingDisabled(true);
const server = new MCPServerStreamableHttp({ url: url.href, requestInit: { headers: bearer } });
await server.connect();

/** A model that makes both calls at once, then notes what it was told and has nothing more to say. */
const told = {};
let turn = 0;
const model = {
  async getResponse({ input }) {
    turn += 1;
    for (const item of typeof input === 'string' ? [] : input)
      if (item.type === 'function_call_result') told[item.name] = item.output;
    const calls = [ALLOWED, REFUSED].map(({ name, arguments: args }) => ({
      type: 'function_call',
      callId: name,
      name,
      status: 'completed',
      arguments: JSON.stringify(args),
    }));
    const content = [{ type: 'output_text', text: 'Done.' }];
    const message = { type: 'message', role: 'assistant', status: 'completed', content };
    return { usage: new Usage(), output: turn === 1 ? calls : [message] };
  },
};
const agent = new Agent({ name: 'journey', model, mcpServers: [server] });
await run(agent, 'Go.');
const tools = await server.listTools();
print({ tools: tools.map(({ name }) => name), allowed: told[ALLOWED.name], refused: told[REFUSED.name] });
await server.close();
