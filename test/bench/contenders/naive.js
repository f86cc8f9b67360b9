// What one writes in an afternoon: chokidar, p-limit and execa with their defaults, promises throughout, nothing synced.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { watch } from 'chokidar'
import { execa } from 'execa'
import pLimit from 'p-limit'

const [home = '', agent = ''] = process.argv.slice(2)
const limit = pLimit(2)

async function run(path) {
  const id = basename(path, '.task.md')
  const started = new Date()
  const { stdout } = await execa(agent, ['-p', '--output-format', 'stream-json', '--verbose'], { input: await readFile(path), cwd: home })
  const last = stdout
    .split('\n')
    .map((line) => JSON.parse(line))
    .findLast(({ type }) => type === 'result')
  const result = {
    task_id: id,
    status: last.is_error ? 'failed' : 'completed',
    output: last.result,
    session_id: last.session_id,
    turns: last.num_turns,
    cost_usd: last.total_cost_usd,
    started,
    finished: new Date(),
  }
  await writeFile(join(home, 'results', `${id}_result.json`), JSON.stringify(result, null, 2))
  await rename(path, join(home, 'processed', basename(path)))
}

watch(join(home, 'tasks'))
  .on('add', (path) => limit(run, path))
  .on('ready', () => console.log('ready'))
