import { describe, expect, test } from 'vitest'
import type { FileChange } from '../domain/run.ts'
import { doubts } from './claims.ts'

const CWD = '/work/shop'
const changed = (...paths: string[]): FileChange[] => paths.map((path) => ({ path, change: 'modified', lines_added: 1, lines_removed: 1 }))
const says = (path: string) =>
  `The final message says that it changed \`${path}\`, but ${path.endsWith('/') ? 'nothing below it changed' : 'that file did not change'}.`
const doubtsOf = (output: string, paths: string[], targetFiles: string[] = [], cwd = CWD) =>
  doubts({ output, changes: changed(...paths), targetFiles, cwd })

/** The message, what changed, and the paths that are claimed in vain. */
type Row = readonly [output: string, changed: string[], inVain: string[]]

const LIES: Row[] = [
  ['I updated `src/a.ts`.', [], ['src/a.ts']],
  ['Done. I fixed the timeout in src/auth/session.ts.', ['src/other.ts'], ['src/auth/session.ts']],
  ["I've created `src/new.ts` with the helper.", [], ['src/new.ts']],
  ['I’ve added a test to `test/session.test.ts` and all tests pass.', [], ['test/session.test.ts']],
  ['I have modified src/a.ts, src/b.ts and src/c.ts.', ['src/a.ts'], ['src/b.ts', 'src/c.ts']],
  ['I read `src/a.ts` and changed `src/b.ts`.', ['src/c.ts'], ['src/b.ts']],
  ['I read src/a.ts and src/c.ts, then rewrote src/b.ts.', [], ['src/b.ts']],
  ['Refactored `src/auth/login.ts:42` to use async/await.', [], ['src/auth/login.ts']],
  ['Renamed `src/old.ts` to `src/fresh.ts`.', [], ['src/old.ts', 'src/fresh.ts']],
  ['Moved the helper from `src/a.ts` to `src/lib/helper.ts`.', ['src/a.ts'], ['src/lib/helper.ts']],
  ['Deleted `src/legacy.ts`.', [], ['src/legacy.ts']],
  ['Removed the unused import from `src/a.ts`.', [], ['src/a.ts']],
  ['The file `src/a.ts` was updated and the tests pass.', [], ['src/a.ts']],
  ['`src/a.ts` and `src/b.ts` have been updated.', ['src/b.ts'], ['src/a.ts']],
  ['The timeout in `src/a.ts` has been changed from 5 to 30.', [], ['src/a.ts']],
  ['## Summary\n\n- **Session lifetime**: Changed the timeout in `src/session.ts` from 5 to 30 minutes.', [], ['src/session.ts']],
  ['Files changed:\n- src/a.ts\n- src/b.ts', ['src/a.ts'], ['src/b.ts']],
  ['Files changed:\nsrc/a.ts\nsrc/b.ts\n\nsrc/c.ts is as it was.', ['src/a.ts'], ['src/b.ts']],
  ['**Files modified:**\n\n1. `src/a.ts` – validation\n2. `README.md` – a section on it', ['src/a.ts'], ['README.md']],
  ['### Changes made\n\n- `src/a.ts`: now checks the length\n- `src/b.ts`: no longer crashes', ['src/a.ts'], ['src/b.ts']],
  ['Modified files: `src/a.ts`, `src/b.ts`', [], ['src/a.ts', 'src/b.ts']],
  ['| File | Change |\n|---|---|\n| `src/a.ts` | validates input |\n| `src/b.ts` | exports the type |', ['src/a.ts'], ['src/b.ts']],
  ['| Status | File |\n|---|---|\n| Modified | src/a.ts |\n| Added | src/b.ts |', ['src/a.ts'], ['src/b.ts']],
  ['- `src/a.ts` (new)\n- `src/b.ts` (modified)', ['src/a.ts'], ['src/b.ts']],
  ['- ✅ Created `src/a.ts`\n- ✅ Updated `package.json`', ['src/a.ts'], ['package.json']],
  ['`src/a.ts` — added input validation', [], ['src/a.ts']],
  ['I edited /work/shop/src/a.ts.', [], ['src/a.ts']],
  ['I updated ./src/a.ts.', [], ['src/a.ts']],
  ['I updated [src/a.ts](src/a.ts#L12).', [], ['src/a.ts']],
  ['I did not change src/a.ts, but I updated src/b.ts.', [], ['src/b.ts']],
  ['Fixed the crash on empty input (`src/parse.ts:88`).', [], ['src/parse.ts']],
  [
    'I refactored everything below `src/auth/`.\n\nI also updated `src/billing/` accordingly: I removed `src/billing/`.',
    ['src/auth/x.ts'],
    ['src/billing/'],
  ],
  ['Updated `Dockerfile` and `Makefile`.', ['Makefile'], ['Dockerfile']],
  ['Wrote the tests in session.test.ts.', ['src/session.ts'], ['session.test.ts']],
  ['Added **`src/a.ts`** and *src/b.ts*.', [], ['src/a.ts', 'src/b.ts']],
  [
    'All done! 🎉 I successfully implemented the feature in `src/feature.tsx` and added documentation to `docs/feature.md`.',
    ['src/feature.tsx'],
    ['docs/feature.md'],
  ],
  ['I added validation to the login handler in `src/login.ts`, so that it does not crash.', [], ['src/login.ts']],
  [
    'Here is what I did:\n\n1. Fixed the bug in `src/a.ts`.\n2. Ran `npm test src/b.ts`.\n\nNext steps:\n- Updated docs in `docs/x.md` would help.',
    [],
    ['src/a.ts'],
  ],
  ['I have updated\n`src/a.ts` so that\nit works.', [], ['src/a.ts']],
  ['Added `src/plugin.ts` to the include list in `tsconfig.json`.', [], ['tsconfig.json']],
  ['Changed files (3):\n\n  M src/a.ts\n  A src/b.ts\n  D src/c.ts\n', ['src/a.ts'], ['src/b.ts', 'src/c.ts']],
  [
    '### Changes Made\n\n1. **`src/a.ts`** - Updated `TTL` from 5 to 30\n2. **`src/b.ts`** - see `src/c.ts`\n\n### Notes\nI left `src/d.ts` alone.',
    ['src/a.ts'],
    ['src/b.ts'],
  ],
  ['I have:\n- Written `a.txt` with the content\n- Verified that it exists\n- src/x.ts: untouched', [], ['a.txt']],
  ['Added `.github/workflows/ci.yml`.', [], ['.github/workflows/ci.yml']],
  ['Updated `app/[id]/(shop)/page.tsx`.', [], ['app/[id]/(shop)/page.tsx']],
]

const TRUTHS: Row[] = [
  ['I updated `src/a.ts`.', ['src/a.ts'], []],
  ['Updated session.ts and `auth/login.ts`.', ['src/session.ts', 'src/auth/login.ts'], []],
  ['I updated `/work/shop/src/a.ts:12-20` and .\\src\\b.ts.', ['src/a.ts', 'src/b.ts'], []],
  ['I refactored src/auth/.', ['src/auth/deep/x.ts'], []],
  ['I updated `SRC/A.ts`.', ['src/a.ts'], []],
]

/** Nothing is claimed here that was not done. */
const SILENT: Row[] = [
  ['I did not change src/a.ts.', [], []],
  ["I haven't modified `src/a.ts`.", [], []],
  ['No changes were made to `src/a.ts`.', [], []],
  ['Updated `src/b.ts` without touching `src/a.ts`.', ['src/b.ts'], []],
  ['Updated all callers except `src/a.ts`.', ['src/b.ts'], []],
  ['src/a.ts was not changed.', [], []],
  ['I was unable to edit `src/a.ts`: permission to write was denied.', [], []],
  ['I tried to change src/a.ts and was denied.', [], []],
  ['You should update `src/a.ts` next.', [], []],
  ['`src/a.ts` could be refactored. If you want, `src/b.ts` can be removed.', [], []],
  ['Next, update src/a.ts.', [], []],
  ['Next steps:\n- `src/a.ts`: added tests would help\n- Update `src/b.ts`', [], []],
  ['## Recommendations\n\n- `src/a.ts` (modified)\n\n### Created files\n', [], []],
  ['Should I have updated `src/a.ts`?', [], []],
  ['Was `src/a.ts` created on purpose?', [], []],
  ['The diff:\n\n```diff\nUpdated src/a.ts\n- I changed src/b.ts\n```\n', [], []],
  ['```\nFiles changed:\n- src/a.ts\n', [], []],
  ['> I updated `src/a.ts`.\n\nThat is what the issue says.', [], []],
  ['I updated https://example.com/src/a.ts and github.com/acme/shop/a.ts.', [], []],
  ['I updated `lodash/fp`, `@acme/ui/button` and react to 18.2.0.', [], []],
  ['Upgraded to Node.js 20.1.3; updated Next.js and node.js.', [], []],
  ['Changed `console.log` to `logger.info()` and removed `e.preventDefault`.', [], []],
  ['I ran `npm test -- src/a.test.ts` and everything passed.', [], []],
  ['I looked at `src/a.ts`, `src/b.ts` and docs/x.md. The answer is 42.', [], []],
  ['Files reviewed:\n- src/a.ts\n- src/b.ts', [], []],
  ['I could not change these files:\n\n- `src/a.ts`\n- `src/b.ts`', [], []],
  ['The following files need to be updated:\n- src/a.ts', [], []],
  ['Files changed:\n- src/b.ts\n- src/a.ts (no changes needed)', ['src/b.ts'], []],
  ['| File | Change |\n|---|---|\n| src/b.ts | adds x |\n| src/a.ts | none |', ['src/b.ts'], []],
  ['Added tests for `src/a.ts`.', ['test/a.test.ts'], []],
  ['Added tests for the helpers in `src/a.ts`.', ['test/a.test.ts'], []],
  ['Fixed the failing test in `test/a.test.ts` by changing `src/a.ts`.', ['src/a.ts'], []],
  ['Fixed the type error in `src/a.ts`.', ['src/types.ts'], []],
  ['Updated `src/b.ts` to use the helper in `src/a.ts`.', ['src/b.ts'], []],
  ['Changed the import in `src/b.ts` to `src/a.ts`.', ['src/b.ts'], []],
  ['Added a reference to `src/a.ts` in `README.md`.', ['README.md'], []],
  ['Removed `src/a.ts` from the exclude list in `tsconfig.json`.', ['tsconfig.json'], []],
  ['Updated the docs to reflect the change in src/a.ts.', ['docs/x.md'], []],
  ['Commit 1a2b3c4 changed `src/a.ts`, which broke the build.', [], []],
  ['`src/a.ts` was last modified by the previous commit. `src/b.ts` was deleted upstream.', [], []],
  ['The tests fail because `src/a.ts` was removed.', [], []],
  ['The code you changed in src/a.ts is fine.', [], []],
  ['`src/a.ts` was added in v2.1 and `src/b.ts` was changed 3 weeks ago.', [], []],
  ['The bug was introduced in `src/a.ts`.', [], []],
  ['I created the directory `src/empty/`.', [], []],
  ['I updated `dist/main.js`, `node_modules/x/index.js`, `.env` and `build/app.css`.', [], []],
  ['I updated `/etc/hosts`, `../other/a.ts` and ~/notes.md.', [], []],
  ['I updated `src/**/*.ts` and `src/<name>.ts`.', [], []],
  ['Updated src/b.ts; src/a.ts is unchanged.', ['src/b.ts'], []],
  ['Updated `src/b.ts` and `src/a.ts` was left alone.', ['src/b.ts'], []],
  ['The updated `src/a.ts` would look like this.', [], []],
  ['I verified that the created files in `src/a.ts` are sound.', [], []],
  ['Updated the `src/a.ts` tests.', ['test/a.test.ts'], []],
  ['The error says: removed src/a.ts.', [], []],
  ['When `src/a.ts` is changed, the watcher restarts.', [], []],
  ['The message "I have updated src/a.ts for you" is wrong.', [], []],
  ['I updated the GET /api/users endpoint and the feature/login branch, and/or input/output.', [], []],
  ['Updated `Vue.js/React.js` components and version 1.2.3.', [], []],
  ['The problem: `settings.json` was written with a BOM. I mended the writer.', [], []],
  ['Removed `config.old.yml` handling.', [], []],
  ['The root cause was in `src/pool.ts`: connections created in `src/client.ts` were never released.', [], []],
  ['**What I did not touch**\n\n| File | Why |\n|---|---|\n| `src/c.ts` | Out of scope |', [], []],
  ['The function was moved from `utils.py` to `helpers.py` in commit abc1234; I only updated the import in `main.py`.', ['main.py'], []],
  ['Updated `src/b.ts` (mirrors `src/a.ts`).', ['src/b.ts'], []],
  ['I added `parse()` to `src/b.ts` (next to the one in `src/a.ts`).', ['src/b.ts'], []],
  ['Created a symlink to `src/a.ts`. I added `src/x.ts` to git.', [], []],
  ['Wrote a summary of `docs/spec.md`. Removed references to `src/old.ts`.', [], []],
  ['Modified the behaviour documented in README.md; error handling is similar to `src/x.ts`.', [], []],
  ['Nothing needed to change in `src/a.ts`; I only updated `src/b.ts`.', ['src/b.ts'], []],
  ['Commit: "Updated src/a.ts for good"', [], []],
  ['', [], []],
  ['Hello!', [], []],
  ['src/a.ts', [], []],
  ['- `src/a.ts`: reads the configuration\n- `src/b.ts`: writes it', [], []],
  ['The session is created in `src/a.ts` and removed in `src/b.ts`.', [], []],
  ['I analysed how the token is added in src/a.ts.', [], []],
]

describe('what a message claims', () => {
  test.each(LIES)('and did not do is doubted: %s', (output, paths, inVain) => {
    expect(doubtsOf(output, paths)).toEqual(inVain.map(says))
  })

  test.each([...TRUTHS, ...SILENT])('and did, or does not claim, is not doubted: %s', (output, paths, inVain) => {
    expect(doubtsOf(output, paths)).toEqual(inVain.map(says))
  })

  test('is not doubted where nobody knows what changed', () => {
    expect(doubts({ output: 'I updated src/a.ts.', changes: null, targetFiles: ['src/b.ts'], cwd: CWD })).toEqual([])
  })

  test('is compared with paths of Windows as well', () => {
    expect(doubtsOf('I updated `C:\\shop\\src\\a.ts` and `src\\b.ts`.', ['src/a.ts'], [], 'C:\\shop')).toEqual([says('src/b.ts')])
  })

  test('may name files from the root of the repository', () => {
    expect(doubtsOf('I updated `packages/api/src/a.ts`.', ['src/a.ts'], [], '/work/shop/packages/api')).toEqual([])
    expect(doubtsOf('I updated `packages/web/src/a.ts`.', ['src/a.ts'], [], '/work/shop/packages/api')).toEqual([
      says('packages/web/src/a.ts'),
    ])
  })

  test('is doubted file by file only as long as there are few', () => {
    const paths = Array.from({ length: 8 }, (_, index) => `src/f${index}.ts`)
    expect(doubtsOf(`Files changed:\n${paths.map((path) => `- ${path}`).join('\n')}`, [])).toEqual([
      ...paths.slice(0, 5).map(says),
      'The final message says the same of 3 more that did not change.',
    ])
  })

  test('is doubted once, however often it says so', () => {
    expect(doubtsOf('Updated src/a.ts.\n\nFiles changed:\n- `./src/a.ts`\n- `src/a.ts:5`', [])).toEqual([says('src/a.ts')])
  })
})

describe('changes outside the target files', () => {
  test.each<[targets: string[], changed: string[], outside: string | undefined]>([
    [[], ['src/a.ts'], undefined],
    [['src/a.ts'], ['src/a.ts'], undefined],
    [['src/a.ts'], ['src/b.ts'], '`src/b.ts`'],
    [['`src/a.ts:12` - the handler', './src/b.ts — why'], ['src/a.ts', 'src/b.ts', 'src/c.ts'], '`src/c.ts`'],
    [['src/a.ts (the handler)', 'src/b.ts: types', 'src/c.ts # later'], ['src/a.ts', 'src/b.ts', 'src/c.ts'], undefined],
    [['src/auth/', 'docs'], ['src/auth/x/y.ts', 'docs/a.md', 'src/b.ts'], '`src/b.ts`'],
    [['src/**/*.ts'], ['src/a.ts', 'src/x/y/b.ts', 'src/c.css', 'lib/d.ts'], '`src/c.css`, `lib/d.ts`'],
    [['src/*.{ts,tsx}'], ['src/a.ts', 'src/b.tsx', 'src/x/c.ts'], '`src/x/c.ts`'],
    [['*.md'], ['README.md', 'docs/a.md', 'a.ts'], '`a.ts`'],
    [['session.ts'], ['src/session.ts'], undefined],
    [['app/[id]/page.tsx'], ['app/[id]/page.tsx', 'app/i/page.tsx'], '`app/i/page.tsx`'],
    [['/work/shop/src/a.ts'], ['src/a.ts', 'b.ts'], '`b.ts`'],
    [['.'], ['src/a.ts'], undefined],
    [['all the tests'], ['src/a.ts'], undefined],
    [['src/a.ts', 'and whatever it needs'], ['src/b.ts'], undefined],
    [['a.ts'], ['1', '2', '3', '4', '5', '6', '7', '8'], '`1`, `2`, `3`, `4`, `5` and 3 more'],
  ])('of %j: %j', (targets, paths, outside) => {
    expect(doubtsOf('Done.', paths, targets)).toEqual(outside === undefined ? [] : [`Changed outside the target files: ${outside}.`])
  })
})
