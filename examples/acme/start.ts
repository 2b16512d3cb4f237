/**
 * What `npm start` runs: the gateway with the example company, a scripted agent through real MCP clients, and then the
 * gateway alone until Ctrl-C. Options: `--no-demo`, `--port N`, `--config FILE`. The script speaks for the example company’s agents,
 * so with another configuration it is not played.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { opaPath } from '../../packages/gateway/src/commands/places.ts';
import { portOf, stopRequested, withPort } from '../../packages/gateway/src/commands/start.ts';
import { loadConfiguration } from '../../packages/gateway/src/config.ts';
import { openGateway } from '../../packages/gateway/src/main.ts';
import { DEMO_KEYS, lineOf, playDemo } from './demo.ts';

/** How long OPA may take to start and load the release on a busy machine. */
const READY_TIMEOUT_MS = 60_000;

const COMPANY = fileURLToPath(new URL('bailiff.yaml', import.meta.url));

const { values } = parseArgs({
  options: {
    demo: { type: 'boolean' },
    port: { type: 'string' },
    config: { type: 'string', default: COMPANY },
  },
  allowNegative: true,
});
const say = (text = ''): void => void process.stdout.write(`${text}\n`);

try {
  const stop = stopRequested();
  const port = values.port === undefined ? undefined : portOf(values.port);
  const isCompany = resolve(values.config) === COMPANY;
  const loaded = withPort(await loadConfiguration(values.config), port);
  await using gateway = await openGateway(loaded, { opa: opaPath(), logLevel: 'error' });
  await gateway.whenReady(AbortSignal.timeout(READY_TIMEOUT_MS));
  say(
    `${pc.bold('Bailiff')} decides by release ${pc.bold(gateway.policyVersion())} and listens on ${pc.bold(gateway.url)}`,
  );
  if (values.demo ?? isCompany) {
    say(`\nA scripted agent makes calls through real MCP clients. Each is decided by OPA and recorded:\n`);
    await Promise.race([playDemo(gateway.url, (played) => say(lineOf(played))), stop]);
  }
  say(
    isCompany
      ? whatNext(gateway.url)
      : `\nMCP clients connect to ${gateway.url}/mcp/<server>. Ctrl-C stops it.`,
  );
  await stop;
} catch (thrown) {
  process.stderr.write(`${(thrown as { detail?: string }).detail ?? (thrown as Error).stack}\n`);
  process.exitCode = 1;
}

function whatNext(url: string): string {
  const header = `Authorization: Bearer ${DEMO_KEYS['support-bot for mara']}`;
  return `
${pc.bold('Look')}
  ./bailiff decisions                        what was asked, what was decided, and why (--follow, --outcome deny, …)
  ./bailiff decisions show ID                one decision in full
  ./bailiff stats                            latency, denial rate, reasons, rules that never fired
  curl -s ${url}/readyz

${pc.bold('Ask')}
  ./bailiff decide --input examples/acme/ask.json --token "$(./bailiff token --agent support-bot --user mara)"

${pc.bold('Connect an agent')}
  claude mcp add --transport http acme-crm ${url}/mcp/crm --header "${header}"
  Cursor      .cursor/mcp.json: { "mcpServers": { "acme-crm": { "url": "${url}/mcp/crm", "headers": { "Authorization": "Bearer ${DEMO_KEYS['support-bot for mara']}" } } } }
  Inspector   npx @modelcontextprotocol/inspector --cli ${url}/mcp/crm --transport http --method tools/list --header "${header}"

Ctrl-C stops it.`;
}
