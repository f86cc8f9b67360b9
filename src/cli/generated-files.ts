import { renderEnvExample, renderSettingsTable } from '../config/example.ts'
import { renderErrorsPage } from '../domain/errors-page.ts'
import { resultJsonSchema } from '../results/json-schema.ts'

const TABLE = /(<!-- settings -->\n)[\s\S]*?(?=<!-- \/settings -->)/

/**
 * The checked-in files that are made from the code: their paths in the project and what must stand in them. The table of settings goes
 * between `<!-- settings -->` and `<!-- /settings -->` of the README.
 */
export function generatedFiles(readme: string): Readonly<Record<string, string>> {
  return {
    'config/env.example': renderEnvExample(),
    'docs/errors.md': renderErrorsPage(),
    'schemas/result.schema.json': `${JSON.stringify(resultJsonSchema(), null, 2)}\n`,
    'README.md': readme.replace(TABLE, (_, marker: string) => `${marker}${renderSettingsTable()}`),
  }
}
