import { relative } from 'node:path';
import pc from 'picocolors';
import { defaultConfigurationFile } from '../../packages/gateway/src/commands/places.ts';
import { DEMO_KEYS } from './demo.ts';
import { COMPANY } from './start-options.ts';

/** Where `./bailiff decide` asks unless it is told. */
const DEFAULT_URL = 'http://127.0.0.1:7070';

/** A gateway that runs, as far as commands have to know it. */
export interface Started {
  readonly url: string;
  /** Absolute path of its configuration. */
  readonly config: string;
}

/** What to do next, in commands that work as they stand in the folder where `npm start` was run. */
export function whatNext(started: Started): string {
  const isCompany = started.config === COMPANY;
  return `
${pc.bold('Look')}
${lookLines(started)}

${pc.bold('Ask')}
${isCompany ? askCompany(started) : askOther(started)}

${pc.bold('Connect an agent')}
${isCompany ? connectToCompany(started.url) : connectToOther(started.url)}

Ctrl-C stops it.`;
}

function lookLines({ url, config }: Started): string {
  const where = configOption(config);
  const rows = [
    [
      `./bailiff decisions${where}`,
      'what was asked, what was decided, and why (--follow, --outcome deny, …)',
    ],
    [`./bailiff decisions show ID${where}`, 'one decision in full'],
    [`./bailiff stats${where}`, 'latency, denial rate, reasons, rules that never fired'],
    [`curl -s ${url}/readyz`, 'whether it can decide'],
  ] as const;
  const width = Math.max(...rows.map(([command]) => command.length));
  return rows.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`).join('\n');
}

function askCompany({ url }: Started): string {
  const token = `./bailiff token --agent support-bot --version 3.2.0 --user mara${configOption(COMPANY)}`;
  return `  ./bailiff decide --input examples/acme/ask.json${urlOption(url)} --token "$(${token})"`;
}

function askOther({ url, config }: Started): string {
  return `  ./bailiff decide --input FILE${urlOption(url)} --token "$(./bailiff token --agent AGENT --user USER${configOption(config)})"`;
}

function connectToCompany(url: string): string {
  const key = DEMO_KEYS['support-bot for mara'];
  const header = `Authorization: Bearer ${key}`;
  return `  claude mcp add --transport http acme-crm ${url}/mcp/crm --header "${header}"
  Cursor      .cursor/mcp.json: { "mcpServers": { "acme-crm": { "url": "${url}/mcp/crm", "headers": { "Authorization": "Bearer ${key}" } } } }
  Inspector   npx @modelcontextprotocol/inspector --cli ${url}/mcp/crm --transport http --method tools/list --header "${header}"`;
}

function connectToOther(url: string): string {
  return `  claude mcp add --transport http SERVER ${url}/mcp/SERVER --header "Authorization: Bearer TOKEN"`;
}

/** Nothing where commands find the configuration of themselves. */
function configOption(config: string): string {
  return config === defaultConfigurationFile() ? '' : ` --config ${quoted(shorter(config))}`;
}

function urlOption(url: string): string {
  return url === DEFAULT_URL ? '' : ` --url ${url}`;
}

/** Relative where the file is below the working folder. */
function shorter(path: string): string {
  const below = relative('.', path);
  return below.startsWith('..') ? path : below;
}

/** As one word for a shell. */
function quoted(path: string): string {
  return /^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
