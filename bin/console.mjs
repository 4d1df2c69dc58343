import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installPackages, npm, packagesAreInstalled, run } from './install.mjs'
import { Stop, stopOf } from './stop.mjs'

const STAMP = 'console/dist/.built-from'

/** Whether console/dist was built from the sources as they are now; by content, since git does not keep times. */
export function consoleIsBuilt(root) {
  const stamp = join(root, STAMP)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesHash(root)
}

export async function buildConsole(root, env, say) {
  const folder = join(root, 'console')
  if (!packagesAreInstalled(folder)) await installPackages(folder, 'packages of the console', say)
  const hash = sourcesHash(root)
  rmSync(join(root, STAMP), { force: true })
  const { done, output } = await run(npm(['run', 'build']), folder, 'Building the console', say, { env })
  if (!done) {
    if (/ENOSPC|No space left/.test(output)) throw stopOf({ code: 'ENOSPC' }, folder)
    throw new Stop('install.console_failed', `the console did not build; see ${join(folder, '.install.log')}`)
  }
  try {
    writeFileSync(join(root, STAMP), hash)
  } catch (error) {
    throw stopOf(error, folder)
  }
}

const NOT_SOURCES = new Set(['node_modules', 'dist', '.install.log'])

function sourcesHash(root) {
  const hash = createHash('sha256')
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (NOT_SOURCES.has(entry.name)) continue
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile())
        hash
          .update(`${path}\0`)
          .update(readFileSync(join(root, path)))
          .update('\0')
    }
  }
  walk('console')
  return hash.digest('hex')
}
