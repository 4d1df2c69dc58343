import { spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Stop, stopOf } from './stop.mjs'

/** Whether node_modules is what package-lock.json says. npm writes its own list last, so half an install has none. */
export function packagesAreInstalled(folder) {
  const wanted = readPackages(join(folder, 'package-lock.json'))
  const found = readPackages(join(folder, 'node_modules/.package-lock.json'))
  if (wanted === null || found === null) return false
  const isThere = ([path, one]) =>
    found[path] ? same(one, found[path]) : path === '' || !isForThisMachine(one)
  return (
    Object.entries(wanted).every(isThere) && Object.keys(found).every((path) => wanted[path] !== undefined)
  )
}

/** Of the packages that exist once per platform, such as our Node and PostgreSQL, only ours has to be there. */
function isForThisMachine({ optional, os, cpu, libc }) {
  if (optional !== true) return true
  return libc === undefined && os?.includes(process.platform) === true && cpu?.includes(process.arch) === true
}

function same(one, other) {
  return one.version === other.version && one.integrity === other.integrity
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? null
  } catch {
    return null
  }
}

// npm's own patience is over a minute; somebody sits in front of this.
const PATIENCE = ['--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=6000']
const NPM_CI = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', ...PATIENCE]

/** `npm ci`, with a line that shows it lives. */
export async function installPackages(folder, what, say) {
  // An optional package that could not be had is no failure to npm, but Node and PostgreSQL are among them.
  const isDone = () => packagesAreInstalled(folder)
  const { done, output } = await run(npm(NPM_CI), folder, `Installing ${what}`, say, { isDone })
  if (!done) throw installStop(output, folder)
}

/** The npm that started us, under the Node that it runs on: ours may be replaced by this very install. */
export function npm(args) {
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  if (script?.endsWith('npm-cli.js')) return { file: node ?? process.execPath, args: [script, ...args] }
  return { file: 'npm', args }
}

/** Runs a quiet program to its end; its output goes to `.install.log` and is answered. */
export async function run(
  { file, args },
  folder,
  title,
  say,
  { env = process.env, isDone = () => true } = {},
) {
  const begun = process.hrtime.bigint()
  const seconds = () => Number((process.hrtime.bigint() - begun) / 1_000_000_000n)
  const progress = showProgress(title, seconds, say)
  const log = createWriteStream(join(folder, '.install.log')).on('error', () => undefined)
  const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-100_000)
      log.write(chunk)
    })
  }
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += error.message
      resolve(127)
    })
    child.on('close', resolve)
  })
  log.end()
  const done = code === 0 && isDone()
  progress.end(done)
  return { done, output }
}

function showProgress(title, seconds, say) {
  const live = process.stderr.isTTY
  if (!live) say(`${title} ...`)
  const draw = () => process.stderr.write(`\r\x1b[K${title} ... ${seconds()} s`)
  const timer = setInterval(live ? draw : () => say(`${title} ... ${seconds()} s`), live ? 500 : 20_000)
  return {
    end: (good) => {
      clearInterval(timer)
      if (live) process.stderr.write('\r\x1b[K')
      if (good) say(`${title}: done in ${seconds()} s`)
    },
  }
}

function installStop(output, folder) {
  const log = join(folder, '.install.log')
  for (const code of ['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EPERM']) {
    if (new RegExp(`\\b${code}\\b`).test(output)) return stopOf({ code }, folder)
  }
  const network =
    /\b(ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b/
  const cause = network.exec(output)
  if (cause !== null)
    return new Stop(
      'install.offline',
      `npm cannot reach its registry (${cause[1]}); check the network or npm's proxy settings and start again`,
    )
  if (/can only install packages when your package.json and package-lock.json/.test(output))
    return new Stop(
      'install.lock_mismatch',
      `package.json and package-lock.json in ${folder} disagree; run "npm install" there`,
    )
  const said =
    output.split('\n').find((line) => /^npm (error|ERR!) (?!code)/.test(line)) ?? 'npm ci did not finish'
  return new Stop(
    'install.failed',
    `${said.replace(/^npm (error|ERR!) /, '')}; the whole output is in ${log}`,
  )
}
