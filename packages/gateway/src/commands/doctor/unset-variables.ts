import type { Configuration, ServerConfiguration } from '@bailiff/contract';

type Environment = Readonly<Record<string, string | undefined>>;
type Path = readonly string[];

/** An environment variable that a configuration names and that is not set, or empty, which counts as that. */
export interface UnsetVariable {
  readonly variable: string;
  /** Keys of the configuration that lead to where it is named. */
  readonly path: Path;
}

/** Every variable that a configuration names and `environment` lacks, once for each place. Without them no gateway starts. */
export function unsetVariables(
  { engine, servers }: Pick<Configuration, 'servers'> & Partial<Pick<Configuration, 'engine'>>,
  environment: Environment,
): UnsetVariable[] {
  const token = engine?.url === undefined ? undefined : engine.url_token?.env;
  return [
    ...(token === undefined ? [] : [{ variable: token, path: ['engine', 'url_token'] }]),
    ...Object.entries(servers).flatMap(([name, server]) =>
      namedBy(server).map(({ variable, path }) => ({ variable, path: ['servers', name, ...path] })),
    ),
  ].filter(({ variable }) => (environment[variable] ?? '') === '');
}

function namedBy(server: ServerConfiguration): UnsetVariable[] {
  if (server.transport === 'stdio') return referencesIn(server.env, 'env');
  return [...referencesIn(server.headers, 'headers'), ...credentialVariables(server)];
}

function referencesIn(
  values: Readonly<Record<string, string | { readonly env: string }>>,
  member: string,
): UnsetVariable[] {
  return Object.entries(values).flatMap(([key, value]) =>
    typeof value === 'string' ? [] : [{ variable: value.env, path: [member, key] }],
  );
}

function credentialVariables({
  credential,
}: Extract<ServerConfiguration, { transport: 'http' }>): UnsetVariable[] {
  const at = (variable: string | undefined, ...path: string[]): UnsetVariable[] =>
    variable === undefined ? [] : [{ variable, path: ['credential', ...path] }];
  switch (credential?.from) {
    case 'environment':
      return [
        ...at(credential.variable, 'variable'),
        ...Object.entries(credential.variables ?? {}).flatMap(([user, one]) => at(one, 'variables', user)),
      ];
    case 'oauth':
      // Without a client there is nobody whose secret it would be.
      return credential.client_id === undefined ? [] : at(credential.client_secret?.env, 'client_secret');
    default:
      return [];
  }
}
