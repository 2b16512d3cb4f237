/** What servers may see of the gateway’s own environment: enough to find programs and a home, and no secrets. */
export const INHERITED = ['PATH', 'HOME', 'LANG', 'TMPDIR'] as const;

/**
 * The environment of a server’s process: what it needs to run, and what its configuration names. Proxies and certificate
 * authorities are not passed on of themselves: an address of a proxy often holds a password.
 */
export function childEnvironment(
  configured: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = own[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...configured };
}
