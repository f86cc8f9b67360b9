const { Visitor } = require('@swc/core/Visitor.js')

// dependency-cruiser reads TypeScript with this class of swc, which was not taught `using` and stops at it.
const { visitStatement } = Visitor.prototype
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement)
  statement.decls = this.visitVariableDeclarators(statement.decls)
  return statement
}

/** The rows of docs/architecture.md, top to bottom: a file imports from lower rows only, never from a neighbour in its own. */
const ROWS = [
  ['cli'],
  ['daemon'],
  ['bridges'],
  ['control'],
  ['pipeline'],
  ['inbox', 'task-file', 'local-model', 'scheduler', 'executors', 'agents', 'supervisor', 'workspaces', 'verify', 'results'],
  ['config', 'telemetry'],
  ['domain', 'lib'],
]

/** The only places that import a vendor package; everyone else goes through them. */
const OWNERS = {
  execa: 'lib/exec\\.ts$',
  chokidar: 'inbox/',
  ignore: 'workspaces/',
  diff: 'workspaces/',
  yaml: '(task-file|config)/',
  ollama: 'local-model/',
  'ajv(-formats)?': 'results/',
  'pino(-roll)?': 'telemetry/',
  commander: 'cli/',
  'node-telegram-bot-api': 'bridges/telegram/api\\.ts$',
  'p-limit': 'executors/',
}

const TESTS = '\\.test\\.ts$'

const rows = ROWS.flatMap((row, index) => {
  const below = ROWS.slice(index + 1).flat()
  return row.map((room) => ({
    name: `${room}-imports-lower-rows-only`,
    severity: 'error',
    from: { path: `^src/${room}/`, pathNot: TESTS },
    to: { path: '^src/', pathNot: `^src/(${[room, ...below].join('|')})/` },
  }))
})

const vendors = Object.entries(OWNERS).map(([name, owner]) => ({
  name: `one-owner-of-${name.replace(/\W.*/, '')}`,
  comment: `Only src/${owner.replace(/[\\$]/g, '')} imports this package.`,
  severity: 'error',
  from: { path: '^src/', pathNot: [TESTS, `^src/${owner}`] },
  to: { path: `node_modules/${name}/` },
}))

module.exports = {
  forbidden: [
    ...rows,
    ...vendors,
    {
      name: 'domain-is-pure',
      comment: 'What things are needs no package but zod, and nothing of the machine.',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: TESTS },
      to: { pathNot: ['^src/', 'node_modules/zod/'] },
    },
    {
      name: 'every-file-has-a-room',
      severity: 'error',
      from: { path: '^src/', pathNot: [`^src/(${ROWS.flat().join('|')})/`, '^src/index\\.ts$'] },
      to: {},
    },
    {
      name: 'registries-are-for-compose',
      comment: 'Only daemon/compose.ts knows which agents, workspaces, executors and bridges there are; everyone else is handed them.',
      severity: 'error',
      from: { path: '^src/', pathNot: [TESTS, '^src/daemon/compose\\.ts$'] },
      to: { path: '^src/(agents|workspaces|executors|bridges)/index\\.ts$' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-development-packages-at-run-time',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
