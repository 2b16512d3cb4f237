import { spawn } from 'node:child_process';

/** What opens an address on each system. It is started as it is, with the address as its one argument: no shell reads it. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', linux: 'xdg-open' };

/**
 * Opens an address in the person’s browser, if it is one of the web. Resolves with whether something was started for it;
 * what that does is not waited for.
 */
export async function openBrowser(address: URL): Promise<boolean> {
  const opener = OPENERS[process.platform];
  if (opener === undefined || !isWeb(address)) return false;
  const child = spawn(opener, [address.href], { stdio: 'ignore', detached: true, shell: false });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

function isWeb({ protocol, href }: URL): boolean {
  return (protocol === 'https:' || protocol === 'http:') && /^https?:\/\/[\x21-\x7e]+$/.test(href);
}
