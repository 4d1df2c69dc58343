import { spawn } from 'node:child_process'
import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildConsole, consoleIsBuilt } from './console.mjs'
import { installPackages, packagesAreInstalled } from './install.mjs'
import { withLock } from './lock.mjs'
import { Stop } from './stop.mjs'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OLDEST_NODE = 20
const OUR_NODE = 26
/**
 * How the project's Node is run. Room for a whole batch of messages in the young generation: with the default of 16 MB a sixth of the time went
 * into collecting it. And memory that is free goes back to the machine: glibc kept four times of what was in use, for each thread apart.
 */
const OF_OURS = JSON.parse(readFileSync(new URL('node.json', import.meta.url), 'utf8'))

/** Runs it; what stops it is told in one line with a code, never as a stack of our own. */
export async function main(run) {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    process.stderr.write(`holdfast: ${error.message} [${error.code}]\n`)
    process.exitCode = 1
  }
}

/** Packages as the lock file says, and the console built from what is in the clone. */
export async function prepare({ console: wanted = false, quiet = false } = {}) {
  const major = Number(process.versions.node.split('.')[0])
  if (major < OLDEST_NODE)
    throw new Stop(
      'install.node_too_old',
      `Node ${process.versions.node} is too old to start; install Node ${OLDEST_NODE} or later`,
    )
  const say = quiet
    ? (line) => process.stderr.write(`${line}\n`)
    : (line) => process.stdout.write(`${line}\n`)
  const withConsole = wanted && existsSync(join(ROOT, 'console/package.json'))
  const done = () => packagesAreInstalled(ROOT) && (!withConsole || consoleIsBuilt(ROOT))
  if (!done()) {
    await withLock(join(ROOT, '.install.lock'), say, async () => {
      // Looked at again: whoever held the lock may have done it.
      if (!packagesAreInstalled(ROOT)) await installPackages(ROOT, 'packages', say)
      if (withConsole && !consoleIsBuilt(ROOT)) await buildConsole(ROOT, environment(), say)
    })
  }
  linkCommand()
}

/** Becomes the project's Node on that file. Where a process cannot be replaced, signals and exit code are passed on. */
export async function handOver(file, args) {
  const node = ourNode()
  if (!existsSync(join(ROOT, file)))
    throw new Stop('install.incomplete', `${file} is missing from this clone`)
  const words = [...OF_OURS.words, join(ROOT, file), ...args]
  if (typeof process.execve === 'function') process.execve(node, [node, ...words], environment())
  const child = spawn(node, words, { stdio: 'inherit', env: environment() })
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR2']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both of us; passed on, it would count twice.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
      resolve()
    })
  })
}

function ourNode() {
  const node = join(ROOT, 'node_modules/.bin/node')
  if (existsSync(node)) return node
  throw new Stop(
    'install.no_node',
    `npm brought no Node ${OUR_NODE} for ${process.platform}-${process.arch} (supported: linux and darwin on x64 and arm64); ` +
      'delete node_modules and start again, without --omit=optional',
  )
}

function environment() {
  const bin = join(ROOT, 'node_modules/.bin')
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => entry !== bin)
  // Reading our sources costs every start most of a second: what one has stripped and compiled, the next reads.
  const cache = process.env.NODE_COMPILE_CACHE ?? join(ROOT, 'node_modules/.cache/compile')
  return {
    ...OF_OURS.environment,
    ...process.env,
    NODE_COMPILE_CACHE: cache,
    PATH: [bin, ...path].join(delimiter),
  }
}

/** So that `npx holdfast` finds the command of the clone it stands in without installing it first. */
function linkCommand() {
  const link = join(ROOT, 'node_modules/.bin/holdfast')
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) return
  try {
    symlinkSync('../../bin/holdfast.mjs', link)
  } catch {
    // A clone of another user's; `node bin/holdfast.mjs` works all the same.
  }
}
