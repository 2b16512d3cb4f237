import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Preloaded: packages that the peers’ own package.json names are taken from where the peers are installed. */
const folder = process.env.PEERS_FOLDER;
if (folder === undefined) throw new Error('PEERS_FOLDER names no folder');
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const parentURL = pathToFileURL(join(folder, 'package.json')).href;

registerHooks({
  resolve(specifier, context, next) {
    const [scope, name] = specifier.split('/');
    const peer = specifier.startsWith('@') ? `${scope}/${name}` : scope;
    const isOurs = !context.parentURL?.includes('/node_modules/');
    return next(specifier, isOurs && Object.hasOwn(dependencies, peer) ? { ...context, parentURL } : context);
  },
});
