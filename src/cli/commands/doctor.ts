import { everyAgent } from '../../daemon/compose.ts'
import { version } from '../../lib/version.ts'
import type { Command } from '../context.ts'
import { printJson } from '../print-json.ts'
import { checkAgents } from './doctor/agents.ts'
import { examineConfiguration } from './doctor/configuration.ts'
import { checkDaemon } from './doctor/daemon.ts'
import { checkFolders } from './doctor/folders.ts'
import { checkOllama } from './doctor/ollama.ts'
import { renderReport } from './doctor/render.ts'
import { checkSystem } from './doctor/system.ts'
import { checkTelegram } from './doctor/telegram.ts'

/** `doctor`: what is in force, and whether everything that is needed works; 1 if not. A broken configuration hides no other fault. */
export const doctor: Command = async (context, _args, { json }) => {
  const { config, values, checks } = await examineConfiguration(context)
  const groups = await Promise.all([
    everyAgent(config).then((agents) => checkAgents(agents, config)),
    checkOllama(config),
    checkTelegram(config),
    checkFolders(config),
    checkDaemon(context.home),
    checkSystem(config),
  ])
  const report = {
    version: version(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    home: context.home,
    configuration: values,
    checks: [...checks, ...groups.flat()],
  }
  const ok = report.checks.every(({ status }) => status !== 'fail')
  if (json === true) printJson(context.out, { ok, ...report })
  else for (const line of renderReport(report, context.out)) context.out.line(line)
  return ok ? 0 : 1
}
