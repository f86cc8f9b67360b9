import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { badEnd, failedResult, failedStart, limitWords, missingResult } from '../../src/agents/claude/failures.ts'
import { parseObject, sessionName, word } from '../../src/agents/claude/json.ts'
import { parseLine } from '../../src/agents/claude/parse-line.ts'
import { ClaudeReader } from '../../src/agents/claude/reader.ts'
import { ToolCalls } from '../../src/agents/claude/tool-calls.ts'
import { oneLine as agentLine, toolDetail } from '../../src/agents/claude/tool-detail.ts'
import { directoryHint } from '../../src/bridges/telegram/directory-hint.ts'
import {
  continuedText,
  endText,
  faultText,
  listText,
  liveText,
  newsText,
  progressText,
  questionText,
  settledText,
} from '../../src/bridges/telegram/format.ts'
import { bold, clip, code, escapeHtml, oneLine as htmlLine } from '../../src/bridges/telegram/html.ts'
import { readCommand, readUpdate, updateId } from '../../src/bridges/telegram/incoming.ts'
import { splitText } from '../../src/bridges/telegram/split.ts'
import { createStyle } from '../../src/cli/render/style.ts'
import { table } from '../../src/cli/render/table.ts'
import { pad, printableLines, shorten, oneLine as shownLine, width, widthWithin } from '../../src/cli/render/text.ts'
import { transcriptLines } from '../../src/cli/render/transcript-lines.ts'
import { dotenvLine, parseDotenv } from '../../src/config/dotenv.ts'
import { editDotenv } from '../../src/config/edit-dotenv.ts'
import { parseYaml } from '../../src/config/yaml-file.ts'
import { readEvent } from '../../src/control/view/event-history.ts'
import { peekTask } from '../../src/control/view/task-peek.ts'
import { safeName } from '../../src/daemon/safe-name.ts'
import { OrchestratorError } from '../../src/domain/errors.ts'
import { parseDuration } from '../../src/lib/duration.ts'
import { formatClock, formatMoment } from '../../src/lib/moment.ts'
import { splitLines } from '../../src/lib/ndjson-lines.ts'
import { nearest } from '../../src/lib/nearest.ts'
import { cutTo, oneLine, printable, shownName } from '../../src/lib/printable.ts'
import { createRedactor, isOrdinaryWord, maskedStart, maskValue, withoutPassword } from '../../src/lib/redact.ts'
import { endOfRun, longestRun, withoutTrailing } from '../../src/lib/scan.ts'
import { excerpt, excerpts } from '../../src/local-model/excerpt.ts'
import { gapQuestion, gapsOf, readGaps } from '../../src/local-model/gaps.ts'
import { judgeQuestion, readJudgements } from '../../src/local-model/judge.ts'
import { isNamed, pathsIn, pointedAt } from '../../src/local-model/named.ts'
import { readSummaryAnswer } from '../../src/local-model/summary.ts'
import { parseName } from '../../src/results/names.ts'
import { plainLines, withoutFacts } from '../../src/results/summary-words.ts'
import { composeTask } from '../../src/task-file/compose.ts'
import { decode, normalizeLineEnds } from '../../src/task-file/decode.ts'
import { framePrompt } from '../../src/task-file/frame.ts'
import { readDocument } from '../../src/task-file/front-matter.ts'
import { openTask, readHead } from '../../src/task-file/head.ts'
import { checkHead } from '../../src/task-file/head-rules.ts'
import { markLines, textOf } from '../../src/task-file/lines.ts'
import { openChecks } from '../../src/task-file/open-checks.ts'
import { withOrigin } from '../../src/task-file/origin.ts'
import { parseTask } from '../../src/task-file/parse.ts'
import { isPlainScalar, readPlainHead } from '../../src/task-file/plain-head.ts'
import { quote } from '../../src/task-file/problem.ts'
import { excessOf, isTaskBody, readSections } from '../../src/task-file/sections.ts'
import { idFromFile, newTaskId, taskIdFrom } from '../../src/task-file/task-id.ts'
import { firstWords, titleOf } from '../../src/task-file/title.ts'
import { enfence, unfence } from '../../src/task-file/verbatim.ts'
import { renderLogLine } from '../../src/telemetry/log-line.ts'
import { claimedPaths } from '../../src/verify/claimed-paths.ts'
import { doubts } from '../../src/verify/claims.ts'
import { codeBlock, codeSpan } from '../../src/verify/code-span.ts'
import { failedOf, fixPrompt, outcomeOf, outputReader, verifyCommand, verifyFailure, verifyRunOf } from '../../src/verify/commands.ts'
import { judgeByCommands, readCriterion, unmetByJudgement, verifyCommands, withJudgements } from '../../src/verify/criteria.ts'
import { globMatcher } from '../../src/verify/glob.ts'
import { blocksOf } from '../../src/verify/message-blocks.ts'
import { OutputEnd } from '../../src/verify/output-end.ts'
import { markPaths, marksIn } from '../../src/verify/path-marks.ts'
import { belowDirectory, changedPaths, comparable, isLikelyIgnored, looksLikePath, relativePath } from '../../src/verify/paths.ts'
import { claimsOfSentence } from '../../src/verify/sentence-claims.ts'
import { outsideTargets } from '../../src/verify/target-files.ts'
import { compareContents } from '../../src/workspaces/compare-contents.ts'
import { cutPatch } from '../../src/workspaces/patch.ts'

/** Reads a text; whatever comes of it is right as long as it comes soon and nothing is thrown. */
export type Reading = (text: string) => unknown

const NOW = new Date('2026-11-20T09:00:00Z')
const CHANGES = [{ path: 'src/some/deep/folder/a.ts', change: 'modified', lines_added: 1, lines_removed: 1 }] as const
/** Front matter that is larger is refused unread. */
const HEAD = 16_000
/** Lists that are longer are refused with their task. */
const ITEMS = 1_000

const free = parseTask({ bytes: Buffer.from('work'), file: 'x.task.md', modified: NOW })
if (!free.ok) throw new Error('a task of one word must be one')
const FREE_FORM = free.task

const redact = createRedactor({ SECRET_TOKEN: 'abcdefgh12345678' })
const style = createStyle(true)
const bytes = (text: string) => Buffer.from(text)
const items = (text: string) => text.split('\n').slice(0, ITEMS)
const half = (text: string) => text.slice(0, text.length / 2)
const parse = (text: string) => parseTask({ bytes: bytes(text), file: 'x.task.md', modified: NOW })
const runs = (text: string) => [{ command: text, exit_code: 1, duration_ms: 1, output: text }]
const exit = (stderr: string) => ({ code: 1, signal: undefined, stderr })
const said = (text: string) => JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text }] } })
const told = (text: string) => JSON.stringify({ type: 'user', message: { content: [{ type: 'tool_result', content: text }] } })

const TASK_FILE: Record<string, Record<string, readonly Reading[]>> = {
  'task-file/parse.ts': {
    parseTask: [
      parse,
      (text) => parse(`---\n${text}\n---\nwork`),
      (text) => parse(`---\n${text.slice(0, HEAD)}\n---\nwork`),
      (text) => parse(`---\nx-a: "${text.slice(0, HEAD)}`),
      (text) => parse(`**Prompt:**\n${text}`),
      (text) => parse(`**Prompt:**\nwork\n\n**Success Criteria:**\n${text}`),
      (text) => parse(`**Prompt:**\nwork\n\n**Success Criteria:**\n- [ ] ${text}`),
      (text) => parse(`**Prompt:**\nwork\n\n**Target Files:**\n${text}`),
      (text) => parse(`**Prompt:**\nwork\n\n**Context:**\n${text}`),
      (text) => parse(`# ${text}\n\n## Prompt\nwork`),
    ],
  },
  'task-file/decode.ts': {
    decode: [(text) => decode(bytes(text)), (text) => decode(Buffer.concat([bytes(half(text)), Buffer.from([255]), bytes(half(text))]))],
    normalizeLineEnds: [normalizeLineEnds],
  },
  'task-file/front-matter.ts': {
    readDocument: [
      (text) => readDocument(bytes(text)),
      (text) => {
        const read = readDocument(bytes(`---\n${text.slice(0, HEAD)}\n---\nwork`))
        return read.ok ? read.value.keyLines() : read
      },
    ],
  },
  'task-file/head.ts': {
    openTask: [(text) => openTask(bytes(text), text, NOW)],
    readHead: [(text) => readHead(bytes(text), 'x.task.md', NOW)],
  },
  'task-file/head-rules.ts': {
    checkHead: [
      (text) => {
        const head = { [text]: text, id: text, cwd: text, timeout: text, tags: [text], created: text, not_before: text, type: text }
        return checkHead({ head, body: '', bodyLine: 1, keyLines: () => new Map() })
      },
    ],
  },
  'task-file/lines.ts': { markLines: [markLines], textOf: [(text) => textOf(markLines(text))] },
  'task-file/open-checks.ts': {
    openChecks: [
      (text) => openChecks(items(text), text, 1),
      (text) => openChecks([text], text, 1),
      (text) => openChecks([`x (verify: ${text}`], text, 1),
    ],
  },
  'task-file/origin.ts': {
    withOrigin: [
      (text) => withOrigin(text, text),
      (text) => withOrigin(`---\n${text}`, 'a'),
      (text) => withOrigin(`---\norigin: ${text}`, 'a'),
    ],
  },
  'task-file/plain-head.ts': {
    readPlainHead: [readPlainHead, (text) => readPlainHead(`id: ${text.slice(0, 490)}`)],
    isPlainScalar: [isPlainScalar],
  },
  'task-file/problem.ts': { quote: [quote] },
  'task-file/sections.ts': {
    isTaskBody: [isTaskBody],
    readSections: [readSections],
    excessOf: [(text) => excessOf({ criteria: items(text), targetFiles: items(text) })],
  },
  'task-file/task-id.ts': {
    idFromFile: [idFromFile],
    newTaskId: [(text) => newTaskId(text, NOW)],
    taskIdFrom: [(text) => taskIdFrom(text, text)],
  },
  'task-file/title.ts': { titleOf: [(text) => titleOf(text, redact)], firstWords: [(text) => firstWords(text, redact)] },
  'task-file/verbatim.ts': {
    enfence: [enfence],
    unfence: [unfence, (text) => unfence(`\`\`\`verbatim\n${text}`), (text) => unfence(enfence(text))],
  },
  'task-file/compose.ts': {
    composeTask: [
      (text) => composeTask({ prompt: text }),
      (text) => composeTask({ prompt: 'work', title: half(text), criteria: [half(text)] }),
      (text) => composeTask({ prompt: 'work', targetFiles: [half(text)], cwd: half(text) }),
      (text) => composeTask({ prompt: half(text), context: half(text) }),
    ],
  },
  'task-file/frame.ts': {
    framePrompt: [(text) => framePrompt({ ...FREE_FORM, prompt: text, targetFiles: items(text), criteria: items(text), context: text })],
  },
}

const VERIFY: Record<string, Record<string, readonly Reading[]>> = {
  'verify/claimed-paths.ts': { claimedPaths: [claimedPaths] },
  'verify/claims.ts': {
    doubts: [
      (text) => doubts({ output: text, changes: CHANGES, targetFiles: ['a.ts'], cwd: '/w' }),
      (text) => doubts({ output: '', changes: CHANGES, targetFiles: items(text), cwd: '/w' }),
    ],
  },
  'verify/code-span.ts': { codeSpan: [codeSpan], codeBlock: [codeBlock] },
  'verify/commands.ts': {
    verifyCommand: [(text) => verifyCommand(text, 'linux'), (text) => verifyCommand(text, 'win32')],
    outputReader: [
      (text) => {
        const reader = outputReader()
        for (const line of text.split('\n')) reader.line(line)
        return reader.end(exit(text))
      },
    ],
    verifyRunOf: [
      (text) =>
        verifyRunOf(text, { ok: true, report: { output: text, denials: [], warnings: [] } }, exit(text), { durationMs: 1, timeoutMs: 1 }),
    ],
    fixPrompt: [(text) => fixPrompt(runs(text))],
    failedOf: [(text) => failedOf(runs(text))],
    verifyFailure: [(text) => verifyFailure(runs(text))],
    outcomeOf: [
      (text) => outcomeOf({ command: text, exit_code: 1, duration_ms: 1, output: text }),
      (text) => outcomeOf({ command: text, exit_code: null, duration_ms: 1, output: text }),
    ],
  },
  'verify/criteria.ts': {
    readCriterion: [readCriterion, (text) => readCriterion(`x (verify: ${text})`), (text) => readCriterion(`x (verify: \`${text}\`)`)],
    verifyCommands: [(text) => verifyCommands(items(text), items(text))],
    judgeByCommands: [(text) => judgeByCommands(items(text), runs(text))],
    withJudgements: [
      (text) =>
        withJudgements(
          [{ text, status: 'unknown', evidence: null, judged_by: null }],
          [{ criterion: text, met: true, evidence: text }],
          'x',
        ),
    ],
    unmetByJudgement: [(text) => unmetByJudgement([{ text, status: 'unmet', evidence: null, judged_by: null }])],
  },
  'verify/glob.ts': {
    globMatcher: [
      (text) => globMatcher(text.slice(0, 4_096))('a/'.repeat(200)),
      (text) => globMatcher('**/*a*{b,c}')(text.slice(0, 65_536)),
    ],
  },
  'verify/message-blocks.ts': { blocksOf: [blocksOf] },
  'verify/output-end.ts': {
    OutputEnd: [
      (text) => {
        const end = new OutputEnd()
        for (const line of text.split('\n')) end.add(line)
        return end.text()
      },
    ],
  },
  'verify/path-marks.ts': { markPaths: [markPaths], marksIn: [marksIn] },
  'verify/paths.ts': {
    relativePath: [(text) => relativePath(text, '/w'), (text) => relativePath(text.slice(0, 4_096), '/w')],
    looksLikePath: [looksLikePath, (text) => looksLikePath(text.slice(0, 4_096))],
    isLikelyIgnored: [isLikelyIgnored],
    changedPaths: [(text) => changedPaths(CHANGES, '/w')(text)],
    comparable: [comparable],
    belowDirectory: [(text) => belowDirectory(text, '/some/where/else')],
  },
  'verify/sentence-claims.ts': {
    claimsOfSentence: [(text) => claimsOfSentence(text, (mark) => mark), (text) => claimsOfSentence(text.slice(0, 2_000), (mark) => mark)],
  },
  'verify/target-files.ts': {
    outsideTargets: [
      (text) => outsideTargets(CHANGES, [text], '/w'),
      (text) => outsideTargets(CHANGES, text.split('\n'), '/w'),
      (text) => outsideTargets([{ ...CHANGES[0], path: `${'a/'.repeat(2_000)}x` }], [text.slice(0, 4_096)], '/w'),
    ],
  },
}

const AGENTS: Record<string, Record<string, readonly Reading[]>> = {
  'agents/claude/tool-detail.ts': { toolDetail: [(text) => toolDetail({ command: text })], oneLine: [(text) => agentLine(text, 120)] },
  'agents/claude/tool-calls.ts': {
    ToolCalls: [
      (text) => {
        const calls = new ToolCalls()
        for (const id of items(text)) calls.made({ id, tool: text.slice(0, 10_000), input: {} })
        calls.listed({ id: text, tool: text, input: { command: text } })
        return [calls.deeds, calls.unmet()]
      },
    ],
  },
  'agents/claude/failures.ts': {
    failedResult: [
      (text) =>
        failedResult(
          {
            subtype: text,
            isError: true,
            turns: 1,
            text,
            errors: [text],
            terminalReason: text,
            stopReason: text,
            apiStatus: undefined,
            denials: [],
            raw: {},
          },
          undefined,
          { status: text, window: text, resetsAt: 1, utilization: 1 },
        ),
    ],
    missingResult: [(text) => missingResult(exit(text), false)],
    badEnd: [(text) => badEnd(exit(text), 'x')],
    failedStart: [(text) => failedStart({ code: text, message: text })],
    limitWords: [(text) => limitWords({ status: text, window: text, resetsAt: 1e300, utilization: 1 })],
  },
  'agents/claude/json.ts': { parseObject: [parseObject], word: [word], sessionName: [sessionName] },
  'agents/claude/parse-line.ts': { parseLine: [parseLine, (text) => parseLine(said(text))] },
  'agents/claude/reader.ts': {
    ClaudeReader: [
      (text) => {
        const reader = new ClaudeReader()
        for (const line of text.split('\n')) reader.line(line)
        const call = { type: 'tool_use', id: 'y', name: text, input: { command: text } }
        reader.line(JSON.stringify({ type: 'assistant', message: { id: 'x', content: [{ type: 'text', text }, call] } }))
        reader.line(JSON.stringify({ type: 'result', subtype: 'success', result: text, num_turns: 1 }))
        return reader.end(exit(text))
      },
    ],
  },
}

const BRIDGES: Record<string, Record<string, readonly Reading[]>> = {
  'bridges/telegram/directory-hint.ts': {
    directoryHint: [
      (text) => directoryHint(text, text.slice(0, 4_096)),
      (text) => directoryHint(`in "/${text}`, '/base'),
      (text) => directoryHint(`in /${text}`, '/base'),
    ],
  },
  'bridges/telegram/format.ts': {
    liveText: [(text) => liveText({ id: text, title: text }, 'running', text)],
    continuedText: [(text) => continuedText({ id: text, title: text })],
    listText: [(text) => listText([{ id: 'a', state: 'queued', title: text }])],
    progressText: [
      (text) =>
        progressText({ id: 'a', state: 'running', events: [{ ts: text, event: 'noted', text, task_id: 'a', run_id: 'b' }], now: null }),
    ],
    endText: [
      (text) =>
        endText(
          { kind: 'ended', task: 'a', run: 'b', status: 'completed' },
          { id: 'a', state: 'completed', title: text, origin: null, runId: 'b', failure: null, summary: text, output: text },
        ),
    ],
    settledText: [(text) => settledText('a', text, text)],
    questionText: [
      (text) => questionText({ kind: 'asked', task: 'a', question: 'q', text, options: [text], default: text, deadline: text }),
    ],
    newsText: [(text) => newsText({ kind: 'rejected', file: 'a', message: text })],
    faultText: [(text) => faultText(new OrchestratorError('usage', text))],
  },
  'bridges/telegram/html.ts': {
    escapeHtml: [escapeHtml],
    bold: [bold],
    code: [code],
    oneLine: [(text) => htmlLine(text, 100)],
    clip: [(text) => clip(text, 100)],
  },
  'bridges/telegram/incoming.ts': {
    readUpdate: [
      (text) =>
        readUpdate({
          update_id: 1,
          message: {
            message_id: 1,
            from: { id: 1, first_name: text, username: text },
            chat: { id: 1, type: text },
            text,
            document: { file_id: text, file_name: text, mime_type: text },
          },
        }),
    ],
    updateId: [updateId],
    readCommand: [readCommand, (text) => readCommand(`/task ${text}`), (text) => readCommand(`/${text}`)],
  },
  'bridges/telegram/split.ts': { splitText: [(text) => splitText(text)] },
}

const SHOWN: Record<string, Record<string, readonly Reading[]>> = {
  'cli/render/table.ts': {
    table: [
      (text) =>
        table(
          [
            [text, text],
            ['a', 'b'],
          ],
          { columns: 80 },
        ),
      (text) =>
        table(
          items(text).map((line) => [line, line]),
          { columns: 80 },
        ),
    ],
  },
  'cli/render/text.ts': {
    oneLine: [shownLine],
    printableLines: [printableLines],
    width: [width],
    widthWithin: [(text) => widthWithin(text, 80)],
    shorten: [(text) => shorten(text, 80)],
    pad: [(text) => pad(text, 80)],
  },
  'cli/render/transcript-lines.ts': {
    transcriptLines: [
      (text) => transcriptLines(text, style),
      (text) => transcriptLines(said(text), style),
      (text) => transcriptLines(told(text), style),
    ],
  },
  'control/view/event-history.ts': { readEvent: [readEvent] },
  'control/view/task-peek.ts': {
    peekTask: [
      (text) => {
        const folder = mkdtempSync(join(tmpdir(), 'hostile-'))
        try {
          const file = join(folder, 'x.task.md')
          writeFileSync(file, `---\nid: ${text}`.slice(0, 1_000_000))
          return peekTask(file)
        } finally {
          rmSync(folder, { recursive: true })
        }
      },
    ],
  },
  'results/summary-words.ts': {
    plainLines: [plainLines],
    withoutFacts: [(text) => withoutFacts([text]), (text) => withoutFacts(items(text))],
  },
  'results/names.ts': { parseName: [(text) => parseName(text.slice(0, 4_096))] },
}

const OTHERS: Record<string, Record<string, readonly Reading[]>> = {
  'config/dotenv.ts': {
    dotenvLine: [(text) => dotenvLine('A', half(text))],
    parseDotenv: [
      parseDotenv,
      (text) => parseDotenv(`A="${text}`),
      (text) => parseDotenv(`A='${text}`),
      (text) => parseDotenv(`A=${text}`),
      (text) => parseDotenv(`A="${text}" x`),
    ],
  },
  'config/edit-dotenv.ts': { editDotenv: [(text) => editDotenv(text, { A: '1', B: '2' })] },
  'config/yaml-file.ts': { parseYaml: [parseYaml, (text) => parseYaml(text.slice(0, 10_000))] },
  'daemon/safe-name.ts': { safeName: [safeName] },
  'lib/duration.ts': { parseDuration: [parseDuration] },
  'lib/moment.ts': { formatClock: [formatClock], formatMoment: [formatMoment] },
  'lib/ndjson-lines.ts': {
    splitLines: [
      async (text) => {
        async function* pieces() {
          for (let from = 0; from < text.length / 4; from += 65_536) yield text.slice(from, from + 65_536)
        }
        let count = 0
        for await (const _ of splitLines(pieces())) count += 1
        return count
      },
    ],
  },
  'lib/nearest.ts': {
    nearest: [
      (text) => nearest(text, ['id', 'max_budget_usd', text, `${text}x`]),
      (text) => nearest(text.slice(0, 100), [text.slice(1, 101)]),
    ],
  },
  'lib/printable.ts': {
    printable: [printable],
    oneLine: [(text) => oneLine(text, 100)],
    cutTo: [(text) => cutTo(text, 100)],
    shownName: [shownName],
  },
  'lib/redact.ts': {
    createRedactor: [redact],
    maskValue: [(text) => maskValue(redact, text, 'A_TOKEN')],
    maskedStart: [(text) => maskedStart(redact, text, 100)],
    withoutPassword: [withoutPassword],
    isOrdinaryWord: [isOrdinaryWord],
  },
  'lib/scan.ts': {
    endOfRun: [(text) => endOfRun(text, '`', 0)],
    longestRun: [(text) => longestRun(text, '`')],
    withoutTrailing: [(text) => withoutTrailing(text, '/.`-')],
  },
  'local-model/excerpt.ts': { excerpt: [(text) => excerpt(text)], excerpts: [(text) => excerpts(items(text), 4_000)] },
  'local-model/gaps.ts': {
    gapsOf: [(text) => gapsOf({ ...FREE_FORM, prompt: text })],
    gapQuestion: [(text) => gapQuestion(['title', 'cwd', 'criteria'], text, ['shop', 'a/b'])],
    readGaps: [
      (text) =>
        readGaps({ title: text, cwd: text, target_files: [text], criteria: [text] }, ['title', 'cwd', 'target_files', 'criteria'], text, [
          'shop',
        ]),
      (text) => readGaps({ cwd: text.slice(0, 500), target_files: [text.slice(0, 300)] }, ['cwd', 'target_files'], text, ['shop']),
    ],
  },
  'local-model/judge.ts': {
    judgeQuestion: [
      (text) => judgeQuestion({ title: text, criteria: items(text), patch: `diff --git ${text}`, verify: runs(text), output: text }),
    ],
    readJudgements: [(text) => readJudgements({ criterion_1: { evidence: text, verdict: 'met' } }, [text])],
  },
  'local-model/named.ts': {
    isNamed: [(text) => isNamed('a/b', text), (text) => isNamed(text.slice(0, 500), text.slice(0, 65_536))],
    pathsIn: [(text) => pathsIn(text.slice(0, 65_536))],
    pointedAt: [(text) => pointedAt(['shop', 'a/b'], text.slice(0, 65_536))],
  },
  'local-model/summary.ts': { readSummaryAnswer: [(text) => readSummaryAnswer({ summary: text })] },
  'telemetry/log-line.ts': {
    renderLogLine: [(text) => renderLogLine({ time: 1, level: 'info', message: text, fields: { task: text, a: text, b: 1 } })],
  },
  'workspaces/compare-contents.ts': {
    compareContents: [
      (text) => compareContents({ path: 'a', before: bytes(half(text)), after: bytes(text) }),
      (text) => compareContents({ path: 'a', before: null, after: bytes(text) }),
      (text) => compareContents({ path: 'a', before: bytes(text), after: bytes(text.replaceAll('a', 'b')) }),
    ],
  },
  'workspaces/patch.ts': { cutPatch: [cutPatch] },
}

/** Everything that reads text of others, by its file below src/ and its name. */
export const PARSERS: Readonly<Record<string, Readonly<Record<string, readonly Reading[]>>>> = {
  ...TASK_FILE,
  ...VERIFY,
  ...AGENTS,
  ...BRIDGES,
  ...SHOWN,
  ...OTHERS,
}
