// Runs the tests in node's own runner, with one PostgreSQL for the whole run.
// Usage: node scripts/test.ts unit|services|long [part of a path ...]
import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { runFolder } from '#test-support/quick-folder.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = '{src,sim,tidy,tests,test-support,bench,scripts,bin,e2e}'
const NEEDED_PACKAGES = [
  'chromium',
  'fonts-noto-cjk',
  'rabbitmq-server',
  'redis-server',
  'mariadb-server',
  'postgresql',
]
/** Tests of code alone: no server, no process, no file system that another file shares. */
const PLAIN = /^(src|sim|tidy|tests\/console)\/(?!.*\.(pg|http|services|long)\.test\.ts$)/
/** Those that put something of their own in the place of node's sockets or timers. */
const ALONE = ['sim/drills/loopback-only.test.ts', 'sim/seeded/timers.test.ts']
/** Each with a database or a hub of its own, and nothing of the process but its memory. */
const WITH_DATABASE = /^(src|tests|sim)\/.*\.(pg|http)\.test\.ts$/
/** So many of those share a process: enough that reading the product is cheap, few enough that one who spoils it is soon found. */
const SHARE_A_PROCESS = 15
/** Beyond the cores: with as many lanes as cores, three parts in ten of them had nothing to do while tests waited for what they had started. */
const LANES_MORE = 1
/** For one such process; its files have limits of their own. */
const PROCESS_TIMEOUT_MS = 900_000
/**
 * So many files that failed are run once more, by themselves. What passes then is told as unsteady; more than that is no accident of time.
 */
const AGAIN_MOST = 3
/** For one file; a hanging test must not hold the run until somebody looks. */
const FILE_TIMEOUT_MS = 170_000
/** After its limit a file has so long to be told as failed and ended. */
const ENDS_WITHIN_MS = 30_000
/** The same for tests with servers, which a busy machine takes a while to start. */
const WITH_SERVERS_TIMEOUT_MS = 420_000
/** The same for those of a night: seventeen hours of a drill take nine minutes. */
const LONG_TIMEOUT_MS = 3_600_000
const TIMEOUTS_MS: Readonly<Record<string, number>> = {
  unit: FILE_TIMEOUT_MS,
  services: WITH_SERVERS_TIMEOUT_MS,
  long: LONG_TIMEOUT_MS,
}

// Every file is a process of its own, and reading our sources costs each most of a second: what one has stripped and compiled, the next reads.
process.env.NODE_COMPILE_CACHE ??= join(ROOT, 'node_modules/.cache/compile')
// What tests leave to chance is drawn once for the whole run: a file that failed and is run once more meets the same.
process.env.HOLDFAST_TEST_CHANCE ??= String(Math.floor(Math.random() * 2 ** 32))

type Counts = Record<'tests' | 'passed' | 'failed' | 'cancelled' | 'skipped' | 'todo', number>
const NONE: Counts = { tests: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 }

type Failure = { readonly file: string; readonly name: string }
/** Failed tests of all processes. */
const failures: Failure[] = []
const running = new Set<ChildProcess>()

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
if (suite !== 'unit') installPackages()
process.exitCode = await runWithDatabase(files)

function chooseFiles(kind: string, filters: readonly string[]): string[] {
  const all = globSync(`${FOLDERS}/**/*.test.ts`, {
    cwd: ROOT,
    exclude: ['**/node_modules/**', '**/dist/**'],
  })
  return all
    .filter((path) => suiteOf(path) === kind)
    .filter((path) => filters.length === 0 || filters.some((part) => path.includes(part)))
    .sort()
}

/** `long`: minutes of whole processes on a quiet machine, before a release and at night. */
function suiteOf(path: string): string {
  if (path.endsWith('.long.test.ts')) return 'long'
  return path.endsWith('.services.test.ts') || path.startsWith('e2e/') ? 'services' : 'unit'
}

function installPackages(): void {
  const script = spawnSync('bash', [join(ROOT, 'scripts/install-services.sh'), ...NEEDED_PACKAGES], {
    stdio: 'inherit',
  })
  if (script.status !== 0) process.exit(script.status ?? 1)
}

async function runWithDatabase(paths: readonly string[]): Promise<number> {
  const dataDir = runFolder()
  const server = await startPostgres({ dataDir, durable: false })
  process.env.HOLDFAST_TEST_PG = server.url
  const cleanUp = async (): Promise<void> => {
    for (const child of running) child.kill('SIGKILL')
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void cleanUp().finally(() => process.exit(130)))
  }
  try {
    const { together, alone } = shareOut(paths)
    const lanes = Array.from({ length: Math.max(2, availableParallelism()) + LANES_MORE }, async (_, i) => [
      ...(i === 0 ? [await runFiles(alone)] : []),
      ...(await runQueue(together, dataDir)),
    ])
    const counts = (await Promise.all(lanes)).flat()
    return sumUp(counts, await runAgain())
  } finally {
    await cleanUp()
  }
}

/** What shares a process, and what has one for each file. */
function shareOut(paths: readonly string[]): { together: (readonly string[])[]; alone: readonly string[] } {
  const plain = paths.filter((path) => PLAIN.test(path) && !ALONE.includes(path))
  const others = paths.filter((path) => WITH_DATABASE.test(path) && !hasHooksElsewhere(path))
  const batches = Array.from({ length: Math.ceil(others.length / SHARE_A_PROCESS) }, (_, i) =>
    others.slice(i * SHARE_A_PROCESS, (i + 1) * SHARE_A_PROCESS),
  )
  // Those of whole hubs stand last in the order of names and wait the longest: they begin first, and the short ones fill up the end.
  const [slowest = [], ...quicker] = batches.reverse()
  // Two are few enough to have processes of their own.
  const together = [slowest, plain, ...quicker].filter((files) => files.length > 2)
  const shared = new Set(together.flat())
  return { together, alone: paths.filter((path) => !shared.has(path)) }
}

/** A world of test-support that hooks itself in does so once a process, for whichever file comes first. */
function hasHooksElsewhere(path: string): boolean {
  return /#test-support\/(waybill|reship)-world\.ts/.test(readFileSync(join(ROOT, path), 'utf8'))
}

async function runQueue(batches: (readonly string[])[], dataDir: string): Promise<Counts[]> {
  const counts: Counts[] = []
  for (let files = batches.shift(); files !== undefined; files = batches.shift())
    counts.push(await runTogether(files, join(dataDir, `counts-${batches.length}.json`)))
  return counts
}

async function runTogether(paths: readonly string[], place: string): Promise<Counts> {
  const reporters = [
    ['spec', 'stdout'],
    [join(ROOT, 'scripts/test-counts.ts'), place],
  ].flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`])
  const child = fork(
    join(ROOT, 'scripts/test-in-turn.ts'),
    paths.map((path) => join(ROOT, path)),
    { cwd: ROOT, timeout: PROCESS_TIMEOUT_MS, execArgv: reporters },
  )
  running.add(child)
  const code = await new Promise<number | null>((done) => child.once('exit', done))
  running.delete(child)
  const told = existsSync(place) ? readFileSync(place, 'utf8') : ''
  const said = told === '' ? null : (JSON.parse(told) as { counts: Counts; failures: readonly Failure[] })
  if (said === null || (code !== 0 && said.failures.length === 0)) {
    // A file that leaves something open takes what the others had to tell with it, and one that fails after its last test is not named:
    // each tells for itself then.
    process.stdout.write(
      `\ntheir process ended with ${code} and no reason, so each runs by itself: ${paths.join(' ')}\n`,
    )
    return await runFiles(paths)
  }
  for (const { file, name } of said.failures) failures.push({ file: fromRoot(file), name })
  return said.counts
}

/**
 * Runs the files that failed once more with the machine to themselves, and counts what passes then as passed: a browser or broker that came
 * too late on a busy machine says nothing of the product. The closing lines name each, for an unsteady test is a fault of its own.
 */
async function runAgain(): Promise<number | null> {
  const first = failures.splice(0)
  const files = [...new Set(first.map(({ file }) => file))]
  if (
    files.length === 0 ||
    files.length > AGAIN_MOST ||
    !files.every((file) => existsSync(join(ROOT, file)))
  ) {
    failures.push(...first)
    return null
  }
  process.stdout.write(`\nonce more, by themselves: ${files.join(' ')}\n`)
  await runFiles(files)
  const still = new Set(failures.map(({ file }) => file))
  const unsteady = first.filter(({ file }) => !still.has(file))
  const names = unsteady.map(({ file, name }) => `${file}: ${name}`)
  if (unsteady.length > 0)
    process.stdout.write(`\nunsteady, passed by themselves:\n  ${names.join('\n  ')}\n`)
  return unsteady.length
}

function fromRoot(file: string): string {
  return file.startsWith(ROOT) ? file.slice(ROOT.length) : file
}

function sumUp(all: readonly Counts[], unsteady: number | null): number {
  const sum = (name: keyof Counts): number => all.reduce((total, one) => total + one[name], 0)
  // The second run has the last word, where there was one.
  const failed = unsteady === null ? sum('failed') + sum('cancelled') : failures.length
  const names = failures.map(({ file, name }) => `${file}: ${name}`)
  // Each process has told why above; here they stand together.
  if (names.length > 0) process.stdout.write(`\nfailed:\n  ${names.join('\n  ')}\n`)
  process.stdout.write(
    `\n${sum('passed') + (unsteady ?? 0)} passed, ${failed} failed, ${sum('skipped') + sum('todo')} skipped\n`,
  )
  return failed > 0 || sum('passed') === 0 ? 1 : 0
}

async function runFiles(paths: readonly string[]): Promise<Counts> {
  const counts = { ...NONE }
  if (paths.length === 0) return counts
  const timeout = TIMEOUTS_MS[suite] ?? FILE_TIMEOUT_MS
  const ending = new AbortController()
  const stream = run({
    files: paths.map((path) => join(ROOT, path)),
    signal: ending.signal,
    // A browser beside a broker and a chaos run waits for its turn longer than a person would: those go one after another. So do those of
    // the first lane, beside which there are others.
    concurrency: 1,
    timeout,
    cwd: ROOT,
  })
  // Its limit fails a test, but leaves the process of one that waits for ever.
  let file = paths[0] ?? ''
  const giveUp = (): void => {
    failures.push({ file: fromRoot(file), name: 'did not come to its end' })
    ending.abort()
  }
  let watch = setTimeout(giveUp, timeout + ENDS_WITHIN_MS)
  stream.on('test:dequeue', (event) => {
    clearTimeout(watch)
    file = event.file ?? file
    watch = setTimeout(giveUp, timeout + ENDS_WITHIN_MS)
  })
  stream.on('test:fail', ({ name, file, details }) => {
    const kind = (details.error as Error & { failureType?: string }).failureType
    if (kind !== 'subtestsFailed') failures.push({ file: fromRoot(file ?? ''), name })
  })
  stream.on('test:summary', (summary) => {
    // Every file has a summary of its own as well; the one of the run names no file.
    if (summary.file === undefined) Object.assign(counts, summary.counts)
  })
  const report = stream.compose(new spec())
  report.pipe(process.stdout, { end: false })
  await new Promise<void>((done, fail) => report.on('end', done).on('error', fail))
  clearTimeout(watch)
  return counts
}
