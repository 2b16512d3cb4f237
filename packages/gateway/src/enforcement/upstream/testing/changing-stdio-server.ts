/** The changing server over stdio. Arguments: its version, after how many calls it changes, and `announce` or `silent`. */
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { ChangingState, makeChangingServer } from './changing-server.ts';

const [version = '', changesAfter = '1000000', announce = 'announce'] = process.argv.slice(2);
const state = new ChangingState({
  version,
  changesAfter: Number(changesAfter),
  announces: announce === 'announce',
});
await makeChangingServer(state).connect(new StdioServerTransport());
