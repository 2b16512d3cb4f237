import { commandsPage } from './commands.ts';
import { HOW_DECISIONS_COMBINE_FILE, howDecisionsCombine } from './how-decisions-combine.ts';
import { lintPages } from './lint-pages.ts';
import { OPENAPI_FILE, openApiText } from './openapi.ts';
import { referencePages } from './reference.ts';
import { jsonSchemaOf, PUBLISHED } from './schemas.ts';

/** Path below the repository → text of every generated file. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const published of PUBLISHED) {
    files.set(
      `packages/contract/schemas/${published.name}.json`,
      `${JSON.stringify(jsonSchemaOf(published), null, 2)}\n`,
    );
  }
  files.set('docs/reference/commands.md', commandsPage());
  for (const [name, text] of referencePages()) files.set(`docs/reference/${name}`, text);
  for (const [path, text] of lintPages()) files.set(path, text);
  files.set(OPENAPI_FILE, openApiText());
  files.set(HOW_DECISIONS_COMBINE_FILE, await howDecisionsCombine());
  return files;
}
