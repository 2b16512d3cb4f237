import { createMCPClient } from '@ai-sdk/mcp';
import { generateText, stepCountIs } from 'ai';
import { ALLOWED, bearer, print, REFUSED, url } from './moves.mjs';

const client = await createMCPClient({ transport: { type: 'http', url: url.href, headers: bearer } });
const tools = await client.tools();

/** A model that makes both calls at once, and then has nothing more to say. */
let turn = 0;
const model = {
  specificationVersion: 'v4',
  provider: 'scripted',
  modelId: 'scripted',
  supportedUrls: {},
  doGenerate: async () => {
    turn += 1;
    const calls = [ALLOWED, REFUSED].map(({ name, arguments: args }) => ({
      type: 'tool-call',
      toolCallId: name,
      toolName: name,
      input: JSON.stringify(args),
    }));
    const unified = turn === 1 ? 'tool-calls' : 'stop';
    return {
      content: turn === 1 ? calls : [{ type: 'text', text: 'Done.' }],
      finishReason: { unified, raw: unified },
      usage: { inputTokens: { total: 1 }, outputTokens: { total: 1 } },
      warnings: [],
    };
  },
};
const { steps } = await generateText({ model, tools, prompt: 'Go.', stopWhen: stepCountIs(2) });
const told = ({ name }) => steps[0].toolResults.find(({ toolName }) => toolName === name)?.output;
print({ tools: Object.keys(tools), allowed: told(ALLOWED), refused: told(REFUSED) });
await client.close();
