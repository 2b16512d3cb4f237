/** What a client’s entry for a server says, read without trusting it, and told without its secrets. */
import type { Json } from '@bailiff/contract';

/** How an entry’s server is reached. */
export type Launch =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string | undefined;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      /** Whether it speaks HTTP+SSE, the transport before streamable HTTP. */
      readonly sse: boolean;
    }
  | { readonly kind: 'unknown' };

/** Reads an entry of any of the known clients. */
export function launchOf(entry: unknown, urlIsSse = false): Launch {
  if (!isObject(entry)) return { kind: 'unknown' };
  const url = [entry.httpUrl, entry.serverUrl, entry.url].find((value) => typeof value === 'string');
  if (typeof entry.command === 'string') {
    const args = entry.args ?? [];
    if (!Array.isArray(args) || !args.every((arg) => typeof arg === 'string')) return { kind: 'unknown' };
    const cwd = typeof entry.cwd === 'string' ? entry.cwd : undefined;
    return { kind: 'stdio', command: entry.command, args, env: textsOf(entry.env), cwd };
  }
  if (typeof url !== 'string') return { kind: 'unknown' };
  const sse = entry.type === 'sse' || (urlIsSse && entry.httpUrl === undefined && entry.type !== 'http');
  return { kind: 'http', url, headers: textsOf(entry.headers), sse };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textsOf(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));
}

/** Stands where a value is not shown. */
export const HIDDEN = '…';

const SECRET_NAME =
  /token|key|secret|pass|pwd|\bpw\b|\bpat\b|auth|cred|cookie|session|dsn|private|bearer|signature|header/i;
const SECRET_VALUE =
  /^(?:(?:sk|pk|rk|ghp|gho|ghu|ghs|ghr|github_pat|glpat|xox[a-z]|blf|hf|npm|pypi)[-_]|AKIA|ASIA|AIza|eyJ)|(?:bearer|basic)\s+\S|:\/\/[^/\s]*@|[?&#][^=\s]*(?:token|key|secret|pass|auth|sig)[^=\s]*=/i;
/** Long and without words in it: a path has slashes and a package name has no digits this dense. */
const RANDOM = /^(?=.*\d)(?=.*[a-z])[A-Za-z0-9+_=-]{24,}$/i;

/** Whether one of a command’s arguments gives away a secret, by the option it belongs to or by its looks. */
export function isSecretArgument(args: readonly string[], at: number): boolean {
  const arg = args[at] ?? '';
  const [, option = '', value = ''] = /^--?([\w.-]+)[=:](.+)$/s.exec(arg) ?? [];
  if (value !== '') return SECRET_NAME.test(option) || isSecretValue(value);
  const before = args[at - 1] ?? '';
  const belongs = /^--?[\w.-]+$/.test(before) && SECRET_NAME.test(before) && !arg.startsWith('-');
  return belongs || isSecretValue(arg) || /^[A-Z_]*(?:TOKEN|KEY|SECRET|PASS)[A-Z_]*=./.test(arg);
}

const isSecretValue = (value: string) => SECRET_VALUE.test(value) || RANDOM.test(value);

/** Values that are settings beyond doubt. Everything else under a name could be a secret. */
const HARMLESS =
  /^(?:true|false|on|off|yes|no|\d{1,6}|trace|debug|info|warn|warning|error|production|development|test|stdio|http|utf-8|https?:\/\/[^\s@?#]+|(?:\.{1,2}|~)?\/[\w./ @-]*)$/i;

/** Whether a value may stand in a file that others read. */
export function isHarmless(name: string, value: string): boolean {
  return !SECRET_NAME.test(name) && HARMLESS.test(value) && !isSecretValue(value);
}

/** What a server is, on one line: command and arguments, or address. Secrets are hidden, values of variables too. */
export function tellLaunch(launch: Launch): string {
  switch (launch.kind) {
    case 'stdio': {
      const args = launch.args.map((arg, at) => (isSecretArgument(launch.args, at) ? HIDDEN : arg));
      const names = Object.keys(launch.env);
      return [launch.command, ...args].join(' ') + (names.length === 0 ? '' : ` (with ${names.join(', ')})`);
    }
    case 'http': {
      const names = Object.keys(launch.headers);
      return addressOf(launch.url) + (names.length === 0 ? '' : ` (with ${names.join(', ')})`);
    }
    case 'unknown':
      return 'cannot be read';
  }
}

/** Neither user and password nor the query, where keys are kept. */
function addressOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return HIDDEN;
  const rest = parsed.search === '' && parsed.hash === '' ? '' : `?${HIDDEN}`;
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}${rest}`;
}

/** An entry as it may be shown: values of variables and headers are hidden unless they only name a variable. */
export function masked(entry: Json): Json {
  if (!isObject(entry)) return HIDDEN;
  const launch = launchOf(entry);
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]): [string, Json] => {
      if (name === 'env' || name === 'headers')
        return [
          name,
          Object.fromEntries(Object.entries(textsOf(value)).map(([key, text]) => [key, shown(text)])),
        ];
      if (name === 'args' && launch.kind === 'stdio')
        return [name, launch.args.map((arg, at) => (isSecretArgument(launch.args, at) ? HIDDEN : arg))];
      if (/url$/i.test(name) && typeof value === 'string') return [name, addressOf(value)];
      if (['type', 'command', 'cwd', 'disabled', 'enabled', 'timeout'].includes(name))
        return [name, value as Json];
      return [name, HIDDEN];
    }),
  );
}

const shown = (text: string) => (/^(?:Bearer )?\$\{(?:env:|input:)?[\w-]+\}$/.test(text) ? text : HIDDEN);
