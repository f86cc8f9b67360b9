import { expect, test } from 'vitest'
import { readSections } from './sections.ts'

const STRUCTURED = {
  title: 'Fix the login timeout',
  prompt: 'The session expires.\n\nFind out why.',
  targetFiles: ['src/auth/session.ts', 'src/b c.ts'],
  criteria: ['a session lives for 30 minutes', 'the tests pass'],
  context: 'Only since release 4.2.',
  structured: true,
}

test('bold labels are sections', () => {
  const body = `
# Fix the login timeout

**Target Files:**
- src/auth/session.ts
* \`src/b c.ts\`

**Prompt:**

The session expires.

Find out why.

**Success Criteria:**
- [ ] a session lives for 30 minutes
- [x] the tests pass

**Context:**
Only since release 4.2.
`
  expect(readSections(body)).toEqual(STRUCTURED)
})

test('headings of any level and other spellings of the labels are the same sections', () => {
  const body = `# Fix the login timeout #
### FILES
1. src/auth/session.ts
2) \`src/b c.ts\`
## **Prompt:**
The session expires.

Find out why.
## Acceptance criteria:
+ a session lives for 30 minutes
- the tests pass
__context__: Only since release 4.2.`
  expect(readSections(body)).toEqual(STRUCTURED)
})

test('text on the line of a label belongs to its section', () => {
  expect(readSections('**Target files:** a.ts, b.ts\n**Prompt**: Fix it.\nNow.\n**Criteria:** all is well, and fast')).toEqual({
    title: 'Fix it.',
    prompt: 'Fix it.\nNow.',
    targetFiles: ['a.ts', 'b.ts'],
    criteria: ['all is well, and fast'],
    context: undefined,
    structured: true,
  })
})

test('a body without a Prompt section is a prompt as a whole, whatever else it holds', () => {
  const body = '# Fix it\n\nLook at the login.\n\n## Context\n\nSince 4.2.\n\n**Success Criteria:**\n- it works'
  expect(readSections(`\n\n${body}\n \n`)).toEqual({
    title: 'Fix it',
    prompt: body,
    targetFiles: [],
    criteria: [],
    context: undefined,
    structured: false,
  })
})

test.each(['# Fix the login\n', '\n## Fix the login ##\n', 'Fix the login'])('a title alone is the prompt', (body) => {
  expect(readSections(body)).toMatchObject({ title: 'Fix the login', prompt: 'Fix the login' })
})

test('what is in a fence is text', () => {
  const prompt = 'Run:\n\n```sh\n# comment\n## Context\n**Prompt:** no\n~~~\n``\n```\n- ~~~~\n  **Success Criteria:**\n  ~~~~~\nDone.'
  expect(readSections(`**Prompt:**\n${prompt}\n**Context:** c`)).toMatchObject({ title: 'Run:', prompt, context: 'c', criteria: [] })
  expect(readSections('```\n**Prompt:**\n```\n# Real')).toMatchObject({ structured: false, title: 'Real' })
})

test('a fence that is never closed goes on to the end', () => {
  expect(readSections('**Prompt:**\n```\n**Context:**\nc').prompt).toBe('```\n**Context:**\nc')
})

test('code in a line, and lines indented as code, open no fence and no section', () => {
  expect(readSections('**Prompt:**\n```a``` b\n    ## Context\n**Context:** c')).toMatchObject({
    prompt: '```a``` b\n    ## Context',
    context: 'c',
  })
})

test('labels and headings of others stay in the prompt and in the context', () => {
  const prompt = '# Steps\n**Note:** careful\n## Notes\n**bold** text\n- **Prompt:** an item\nPrompt: plain'
  const context = '## History\n**When:** yesterday'
  expect(readSections(`## Prompt\n${prompt}\n## Context\n${context}`)).toMatchObject({ title: 'Steps', prompt, context })
})

test('the prompt keeps its blanks', () => {
  expect(readSections('**Prompt:**\n \n  indented  \n\n\nend  \n\n')).toMatchObject({ prompt: '  indented  \n\n\nend  ' })
})

test('sections of the same label are joined', () => {
  const body = '**Prompt:** a\n**Target Files:** x\n**Context:** c\n## Prompt\nb\n## Context\nd\n## Files\n- y'
  expect(readSections(body)).toMatchObject({ prompt: 'a\n\nb', context: 'c\n\nd', targetFiles: ['x', 'y'] })
})

test('text outside of all sections becomes context', () => {
  const body = '# Title\nIntroduction.\n\n---\n\n## Success Criteria\n- a\n### Fast\n- b\n## Notes\nsee wiki\n## Prompt\np\n## Context\nc'
  expect(readSections(body)).toMatchObject({
    title: 'Title',
    criteria: ['a', 'b'],
    context: 'Introduction.\n\n---\n\n## Notes\nsee wiki\n\nc',
  })
})

test('a rule between the sections is not context', () => {
  expect(readSections('# T\n\n---\n\n**Prompt:** p')).toMatchObject({ title: 'T', context: undefined })
})

test('lists may have introductions, wrapped lines, nested items, code and no marks at all', () => {
  const criteria = 'All of these:\n- first\n  goes on\nand on\n  - nested\n- [ ]\n-\n- run\n  ```\n  npm test\n  ```\n\n---\n\nlast one'
  expect(readSections(`**Prompt:** p\n**Success Criteria:**\n${criteria}`).criteria).toEqual([
    'first goes on and on',
    'nested',
    'run\n  ```\n  npm test\n  ```',
    'last one',
  ])
  expect(readSections('**Prompt:** p\n**Target Files:**\n```\na.ts\nb.ts\n```').targetFiles).toEqual(['a.ts', 'b.ts'])
})

test('an empty Prompt section is an empty prompt', () => {
  expect(readSections('# Title\n**Prompt:**\n\n**Context:** c')).toMatchObject({ title: 'Title', prompt: '', structured: true })
})

test('a fence of the language verbatim stands for its content', () => {
  expect(readSections('**Prompt:**\n\n````verbatim\n**Context:**\n```\n# x\n````\n\n**Context:** c')).toMatchObject({
    prompt: '**Context:**\n```\n# x',
    context: 'c',
  })
  expect(readSections('**Prompt:**\n```verbatim\na\n```\nb').prompt).toBe('```verbatim\na\n```\nb')
})

test.each([
  ['- **Fix** the `login`\nnow', 'Fix the login'],
  ['```\nnpm test\n```', 'npm test'],
  ['🚀', '🚀'],
  ['Fix\n\n# The login\n', 'The login'],
  [`${'word '.repeat(40)}`, `${'word '.repeat(18)}word…`],
  ['x'.repeat(300), `${'x'.repeat(99)}…`],
  ['修复登录超时 🚀', '修复登录超时 🚀'],
])('the title is the first heading, else the first line that has words', (body, title) => {
  expect(readSections(body).title).toBe(title)
})

test('an empty body has neither title nor prompt', () => {
  expect(readSections(' \n')).toMatchObject({ title: undefined, prompt: '' })
})
