import { renderEnvExample, renderSettingsTable } from '../config/example.ts'
import { renderErrorsPage } from '../domain/errors-page.ts'
import { resultJsonSchema } from '../results/json-schema.ts'
import type { CommandSpec } from './command-spec.ts'
import { COMMANDS } from './program.ts'

/**
 * The checked-in files that are made from the code: their paths in the project and what must stand in them. Tables of the README
 * stand between `<!-- NAME -->` and `<!-- /NAME -->`.
 */
export function generatedFiles(readme: string): Readonly<Record<string, string>> {
  return {
    'config/env.example': renderEnvExample(),
    'docs/errors.md': renderErrorsPage(),
    'schemas/result.schema.json': `${JSON.stringify(resultJsonSchema(), null, 2)}\n`,
    'README.md': fill(fill(readme, 'settings', renderSettingsTable()), 'commands', renderCommandTable(COMMANDS)),
  }
}

function fill(page: string, name: string, table: string): string {
  const place = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(?=<!-- /${name} -->)`)
  return page.replace(place, (_, marker: string) => `${marker}${table}`)
}

/** The commands with their options as a Markdown table. */
function renderCommandTable(commands: readonly CommandSpec[]): string {
  const rows = commands.map(({ name, args, options = [], summary }) => {
    const flags = options.map(([flag]) => `\`${flag.replace(/^-\w, /, '')}\``).join(' ')
    return `| \`${args ? `${name} ${args}` : name}\` | ${flags} | ${summary} |`
  })
  return ['| command | options | does |', '|---|---|---|', ...rows, ''].join('\n')
}
