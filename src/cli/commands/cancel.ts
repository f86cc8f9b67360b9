import { requireHome } from '../../control/view/require-home.ts'
import { resolveId } from '../../control/view/resolve-id.ts'
import type { Command } from '../context.ts'
import { storing } from '../storing.ts'
import { tellOr } from '../tell-or.ts'

/** `cancel ID`: ends a task that is queued or runs; without a daemon the files are changed as one would do it. */
export const cancel: Command = async ({ home, out }, [text = '']) => {
  const paths = requireHome(home)
  const id = await resolveId(home, text)
  await tellOr(paths, 'cancel', { id }, async () => {
    const { cancelOnFiles } = await import('../cancel-on-files.ts')
    await storing(() => cancelOnFiles(paths, id))
    return { id }
  })
  out.line(`cancelled ${id}`)
  return 0
}
