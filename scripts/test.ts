// Runs the tests in node's own runner, with one PostgreSQL for the whole run.
// Usage: node scripts/test.ts unit|services [part of a path ...]
import { fork, spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '#platform/embedded-postgres/index.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = '{src,sim,tidy,tests,test-support,bench,scripts,bin,e2e}'
const NEEDED_PACKAGES = ['chromium', 'fonts-noto-cjk', 'rabbitmq-server', 'redis-server', 'mariadb-server']
/** Tests of code alone: no server, no process, no file system that another file shares. */
const PLAIN = /^src\/(?!.*\.(pg|http|services)\.test\.ts$)/
/** For one file; a hanging test must not hold the run until somebody looks. */
const FILE_TIMEOUT_MS = 170_000

// Every file is a process of its own, and reading our sources costs each most of a second: what one has stripped and compiled, the next reads.
process.env.NODE_COMPILE_CACHE ??= join(ROOT, 'node_modules/.cache/compile')

type Counts = Record<'tests' | 'passed' | 'failed' | 'cancelled' | 'skipped' | 'todo', number>
const NONE: Counts = { tests: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 }

const [suite = 'unit', ...parts] = process.argv.slice(2)
const files = chooseFiles(suite, parts)
if (files.length === 0 && parts.length === 0) {
  process.stdout.write('0 passed, 0 failed, 0 skipped\n')
  process.exit(0)
}
if (files.length === 0) {
  process.stderr.write(`no test file matches ${parts.join(' ') || suite}\n`)
  process.exit(1)
}
if (suite === 'services') installPackages()
process.exitCode = await runWithDatabase(files)

function chooseFiles(kind: string, filters: readonly string[]): string[] {
  const all = globSync(`${FOLDERS}/**/*.test.ts`, {
    cwd: ROOT,
    exclude: ['**/node_modules/**', '**/dist/**'],
  })
  const needsServers = (path: string): boolean =>
    path.endsWith('.services.test.ts') || path.startsWith('e2e/')
  return all
    .filter((path) => needsServers(path) === (kind === 'services'))
    .filter((path) => filters.length === 0 || filters.some((part) => path.includes(part)))
    .sort()
}

function installPackages(): void {
  const script = spawnSync('bash', [join(ROOT, 'scripts/install-services.sh'), ...NEEDED_PACKAGES], {
    stdio: 'inherit',
  })
  if (script.status !== 0) process.exit(script.status ?? 1)
}

async function runWithDatabase(paths: readonly string[]): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-run-'))
  const server = await startPostgres({ dataDir, durable: false })
  process.env.HOLDFAST_TEST_PG = server.url
  const cleanUp = async (): Promise<void> => {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void cleanUp().finally(() => process.exit(130)))
  }
  try {
    const plain = paths.filter((path) => PLAIN.test(path))
    // Two are few enough to run as the others do, with their own time limit.
    const together = plain.length > 2 ? plain : []
    const [alone, shared] = await Promise.all([
      runFiles(paths.filter((path) => !together.includes(path))),
      runTogether(together),
    ])
    return sumUp(alone, shared)
  } finally {
    await cleanUp()
  }
}

async function runTogether(paths: readonly string[]): Promise<Counts> {
  if (paths.length === 0) return NONE
  const script = join(ROOT, 'scripts/test-together.ts')
  const child = fork(
    script,
    paths.map((path) => join(ROOT, path)),
    { cwd: ROOT },
  )
  let counts: Counts | null = null
  child.on('message', (message: { counts: Counts }) => {
    counts = message.counts
  })
  const code = await new Promise<number | null>((done) => child.once('exit', done))
  if (counts !== null) return counts
  process.stderr.write(`the tests of code alone ended with ${code} before they were through\n`)
  return { ...NONE, failed: 1 }
}

function sumUp(...all: readonly Counts[]): number {
  const sum = (name: keyof Counts): number => all.reduce((total, one) => total + one[name], 0)
  const failed = sum('failed') + sum('cancelled')
  process.stdout.write(
    `\n${sum('passed')} passed, ${failed} failed, ${sum('skipped') + sum('todo')} skipped\n`,
  )
  return failed > 0 || sum('passed') === 0 ? 1 : 0
}

async function runFiles(paths: readonly string[]): Promise<Counts> {
  const counts = { ...NONE }
  if (paths.length === 0) return counts
  const stream = run({
    files: paths.map((path) => join(ROOT, path)),
    // A browser beside a broker and a chaos run waits for its turn longer than a person would: those go one after another.
    concurrency: suite === 'services' ? 1 : Math.max(2, availableParallelism()),
    timeout: FILE_TIMEOUT_MS,
    cwd: ROOT,
  })
  stream.on('test:summary', (summary) => {
    // Every file has a summary of its own as well; the one of the run names no file.
    if (summary.file === undefined) Object.assign(counts, summary.counts)
  })
  const report = stream.compose(new spec())
  report.pipe(process.stdout, { end: false })
  await new Promise<void>((done, fail) => report.on('end', done).on('error', fail))
  return counts
}
