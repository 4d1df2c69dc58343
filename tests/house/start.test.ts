import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

// A clone with one package, and in npm's place a script that does what the test wants of it.

const BIN = fileURLToPath(new URL('../../bin', import.meta.url))

const INSTALLS = installsWithin(300)

function installsWithin(ms: number): string {
  return `
  fs.appendFileSync('npm-runs', 'x')
  fs.rmSync('node_modules', { recursive: true, force: true })
  fs.mkdirSync('node_modules/.bin', { recursive: true })
  fs.symlinkSync(process.execPath, 'node_modules/.bin/node')
  setTimeout(() => fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json'), ${ms})`
}

const PROGRAM = "process.stdout.write('ran ' + process.argv.slice(2)); process.exitCode = 7"

function failsWith(words: string): string {
  return `process.stderr.write(${JSON.stringify(words)}); process.exitCode = 1`
}

type Outcome = { readonly code: number | null; readonly out: string; readonly err: string }

type Clone = {
  readonly folder: string
  readonly run: (args: readonly string[], options?: { entry?: string }) => Promise<Outcome>
}

async function inClone(npm: string, run: (clone: Clone) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-clone-'))
  try {
    cpSync(BIN, join(folder, 'bin'), { recursive: true })
    mkdirSync(join(folder, 'src/app'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'package-lock.json'), lock('1.0.0'))
    writeFileSync(join(folder, 'src/app/cli.ts'), PROGRAM)
    mkdirSync(join(folder, 'sim'))
    writeFileSync(join(folder, 'sim/cli.ts'), PROGRAM)
    mkdirSync(join(folder, 'npm'))
    writeFileSync(join(folder, 'npm/package.json'), '{}')
    writeFileSync(join(folder, 'npm/npm-cli.js'), `const fs = require('node:fs')\n${npm}`)
    await run({ folder, run: (args, { entry = 'run.mjs' } = {}) => runBin(folder, entry, args) })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function lock(version: string): string {
  return JSON.stringify({ packages: { '': {}, 'node_modules/a': { version, integrity: 'x' } } })
}

async function runBin(folder: string, entry: string, args: readonly string[]): Promise<Outcome> {
  const env = {
    ...process.env,
    npm_execpath: join(folder, 'npm/npm-cli.js'),
    npm_node_execpath: process.execPath,
  }
  const child = spawn(process.execPath, [join(folder, 'bin', entry), ...args], { cwd: folder, env })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const code = await new Promise<number | null>((ended) => child.on('close', ended))
  return { code, out, err }
}

test('a bare clone is installed once, then started with its arguments and its exit code', async () => {
  await inClone(INSTALLS, async ({ folder, run }) => {
    const first = await run(['serve', '--once'])
    assert.match(first.out, /Installing packages[\s\S]*ran serve,--once$/)
    assert.equal(first.code, 7)
    assert.deepEqual(await run(['demo']), { code: 7, out: 'ran demo', err: '' })
    assert.equal(readFileSync(join(folder, 'npm-runs'), 'utf8'), 'x')
  })
})

test('a lock file that changed installs again', async () => {
  await inClone(INSTALLS, async ({ folder, run }) => {
    await run(['serve'])
    writeFileSync(join(folder, 'package-lock.json'), lock('1.0.1'))
    await run(['serve'])
    assert.equal(readFileSync(join(folder, 'npm-runs'), 'utf8'), 'xx')
  })
})

test('two starts at once install once, and both run', async () => {
  // Long enough that the other one comes while it goes on, on any machine.
  await inClone(installsWithin(3_000), async ({ folder, run }) => {
    const both = await Promise.all([run(['serve']), run(['serve'])])
    assert.deepEqual(
      both.map((one) => one.code),
      [7, 7],
    )
    assert.equal(readFileSync(join(folder, 'npm-runs'), 'utf8'), 'x')
    assert.ok(both.some((one) => one.out.includes('Another start of this clone is installing')))
    assert.equal(existsSync(join(folder, '.install.lock')), false)
  })
})

test('a lock left behind by a killed start is taken over', async () => {
  await inClone(INSTALLS, async ({ folder, run }) => {
    const path = join(folder, '.install.lock')
    writeFileSync(path, '')
    utimesSync(path, 1_000, 1_000)
    assert.equal((await run(['serve'])).code, 7)
  })
})

test('the command line writes nothing of its own to standard output', async () => {
  await inClone(INSTALLS, async ({ run }) => {
    const outcome = await run(['status', '--json'], { entry: 'holdfast.mjs' })
    assert.equal(outcome.out, 'ran status,--json')
    assert.match(outcome.err, /Installing packages/)
  })
})

const FAILURES: readonly (readonly [string, string])[] = [
  ['npm error code ENOTFOUND\nnpm error network request failed', 'install.offline'],
  ['npm error FetchError: connect ECONNREFUSED 127.0.0.1:9', 'install.offline'],
  ['npm error code ENOSPC\nnpm error nospc', 'install.disk_full'],
  ['npm error code EACCES\nnpm error syscall mkdir', 'install.folder_not_writable'],
  [
    'npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync',
    'install.lock_mismatch',
  ],
  ['npm error something else', 'install.failed'],
]

for (const [words, code] of FAILURES) {
  test(`"${words.slice(0, 50)}" is told as ${code} in one line`, async () => {
    await inClone(failsWith(words), async ({ run }) => {
      const outcome = await run(['serve'])
      assert.equal(outcome.code, 1)
      assert.match(outcome.err, new RegExp(`^holdfast: [^\\n]+ \\[${code}\\]\\n$`))
    })
  })
}

test('an install that claims success but lacks packages is a failure', async () => {
  await inClone('', async ({ run }) => {
    assert.match((await run(['serve'])).err, /\[install\.failed\]/)
  })
})

test('packages of other platforms may be missing, those of this one may not', async () => {
  const other = process.platform === 'linux' ? 'darwin' : 'linux'
  for (const [os, runs] of [
    [other, 'x'],
    [process.platform, 'xx'],
  ] as const) {
    await inClone(
      `${INSTALLS}\nsetTimeout(() => fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: {} })), 600)`,
      async ({ folder, run }) => {
        const packages = {
          '': {},
          'node_modules/n': { version: '1', optional: true, os: [os], cpu: [process.arch] },
        }
        writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }))
        await run(['serve'])
        await run(['serve'])
        assert.equal(readFileSync(join(folder, 'npm-runs'), 'utf8'), runs)
      },
    )
  }
})

test('the console is built when it is missing or its sources changed, and not otherwise', async () => {
  const builds = `
    if (process.argv[2] === 'run') {
      fs.appendFileSync('../builds', 'x')
      fs.mkdirSync('dist', { recursive: true })
    } else { ${INSTALLS} }`
  await inClone(builds, async ({ folder, run }) => {
    const page = join(folder, 'console')
    mkdirSync(join(page, 'src'), { recursive: true })
    writeFileSync(join(page, 'package.json'), '{}')
    writeFileSync(join(page, 'package-lock.json'), lock('1.0.0'))
    writeFileSync(join(page, 'src/a.ts'), '1')
    const built = (): string => readFileSync(join(folder, 'builds'), 'utf8').replaceAll('\n', '')
    await run(['serve'])
    writeFileSync(join(page, 'src/a.ts'), '2')
    await run(['serve'])
    const afterChange = built()
    await run(['serve'])
    assert.equal(afterChange.length, 2)
    assert.equal(built().length, 2)
  })
})

test('signals reach the hub where the process cannot be replaced', {
  skip: process.platform === 'win32',
}, async () => {
  await inClone(INSTALLS, async ({ folder, run }) => {
    await run(['serve'])
    writeFileSync(
      join(folder, 'src/app/cli.ts'),
      "process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); process.stdout.write('up')",
    )
    const preload = join(folder, 'without-execve.mjs')
    writeFileSync(preload, 'delete process.execve; process.execve = undefined')
    const child = spawn(process.execPath, ['--import', preload, join(folder, 'bin/run.mjs'), 'serve'], {
      cwd: folder,
    })
    await new Promise((up) => child.stdout.once('data', up))
    child.kill('SIGTERM')
    assert.equal(await new Promise((ended) => child.once('exit', ended)), 9)
  })
})
