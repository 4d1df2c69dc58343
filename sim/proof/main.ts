// Runs the proof part by part and writes docs/proof.md out of what they kept.
// Usage: node sim/proof/main.ts [--quick | --long] [--only sim,mutants,...] [--render]
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Kept, renderProof } from './render.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FOLDER = join(ROOT, 'docs/proof')

const HELP = `npm run proof -- [options]

  --quick        a few minutes: pinned seeds, one short chaos run, one failover
  --long         for a night: more seeds, 30 minutes of chaos, two hours of soak
  --only A,B     these parts alone: sim, mutants, chaos, failover, restore, drills,
                 drills-left-alone, scale, security, soak
  --render       runs nothing, writes docs/proof.md anew from docs/proof/*.json

Parts that need Debian packages (chaos, failover) install them where they are missing. Exit code 0: all that was run held.`

type Length = 'quick' | 'usual' | 'long'
/** What is run for each length; null: left out. */
type Part = {
  readonly name: string
  readonly commands: Readonly<Record<Length, readonly (readonly string[])[] | null>>
}

const node = (file: string, ...args: readonly string[]): readonly string[] => [file, ...args, '--record']
const PARTS: readonly Part[] = [
  {
    name: 'sim',
    commands: {
      quick: [node('sim/seeded/main.ts', '--random', '1')],
      usual: [node('sim/seeded/main.ts', '--random', '6')],
      long: [node('sim/seeded/main.ts', '--random', '400', '--steps', '60')],
    },
  },
  {
    name: 'mutants',
    commands: { quick: null, usual: [node('sim/mutants/main.ts')], long: [node('sim/mutants/main.ts')] },
  },
  {
    name: 'chaos',
    commands: {
      quick: [node('sim/chaos/main.ts', '--minutes', '1')],
      usual: [node('sim/chaos/main.ts', '--minutes', '3')],
      long: [node('sim/chaos/main.ts', '--minutes', '30')],
    },
  },
  {
    name: 'failover',
    commands: {
      quick: [node('sim/failover/main.ts', '--minutes', '1')],
      usual: [node('sim/failover/main.ts', '--minutes', '2')],
      long: [node('sim/failover/main.ts', '--minutes', '10')],
    },
  },
  {
    name: 'restore',
    commands: {
      quick: null,
      usual: [node('sim/failover/main.ts', '--restore')],
      long: [node('sim/failover/main.ts', '--restore', '--seconds', '30')],
    },
  },
  {
    name: 'drills',
    commands: {
      quick: null,
      usual: [node('sim/drills/main.ts', 'auto')],
      long: [node('sim/drills/main.ts', 'auto')],
    },
  },
  {
    name: 'drills-left-alone',
    commands: { quick: null, usual: null, long: [node('sim/drills/main.ts', 'auto', '--left-alone')] },
  },
  {
    name: 'scale',
    commands: {
      quick: null,
      usual: [node('bench/main.ts', 'scale')],
      long: [node('bench/main.ts', 'scale')],
    },
  },
  {
    name: 'security',
    commands: {
      quick: null,
      usual: [node('sim/proof/security.ts')],
      long: [node('sim/proof/security.ts', '--seconds', '600')],
    },
  },
  {
    name: 'soak',
    commands: { quick: null, usual: null, long: [node('sim/soak/main.ts', '--minutes', '120')] },
  },
]

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    long: { type: 'boolean' },
    only: { type: 'string' },
    render: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help === true) process.stdout.write(`${HELP}\n`)
else {
  const held = values.render === true ? true : await runParts()
  render()
  process.exitCode = held ? 0 : 1
}

async function runParts(): Promise<boolean> {
  const length: Length = values.quick === true ? 'quick' : values.long === true ? 'long' : 'usual'
  const wanted = values.only?.split(',')
  const unknown = wanted?.find((name) => !PARTS.some((part) => part.name === name))
  if (unknown !== undefined) {
    process.stderr.write(
      `holdfast: there is no part "${unknown.slice(0, 40)}" of the proof; see --help [proof.usage]\n`,
    )
    process.exit(2)
  }
  let held = true
  for (const { name, commands } of PARTS) {
    if (wanted !== undefined && !wanted.includes(name)) continue
    const list = commands[length] ?? (wanted === undefined ? null : commands.long)
    for (const command of list ?? []) {
      process.stdout.write(`\n==> ${name}: ${command.join(' ')}\n`)
      const code = await run(command)
      process.stdout.write(`==> ${name}: ${code === 0 ? 'held' : `ended with ${code}`}\n`)
      held &&= code === 0
    }
  }
  return held
}

/** A signal reaches the part under way as well; what it has by then is kept. */
function run(command: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...command], { cwd: ROOT, stdio: 'inherit' })
    const pass = (): void => void child.kill('SIGINT')
    process.on('SIGTERM', pass)
    child.on('error', reject)
    child.on('exit', (code) => {
      process.off('SIGTERM', pass)
      resolve(code ?? 1)
    })
  })
}

function render(): void {
  const records = existsSync(FOLDER)
    ? readdirSync(FOLDER)
        .filter((file) => file.endsWith('.json'))
        .sort()
        .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Kept)
    : []
  const foundPath = join(FOLDER, 'found.md')
  const { page, pictures } = renderProof(
    records,
    existsSync(foundPath) ? readFileSync(foundPath, 'utf8') : '',
  )
  for (const [file, svg] of pictures) writeFileSync(join(FOLDER, file), svg)
  writeFileSync(join(ROOT, 'docs/proof.md'), page)
  process.stdout.write('docs/proof.md is written\n')
}
