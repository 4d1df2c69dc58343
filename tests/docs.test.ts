import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commands } from '#app/commands/index.ts'
import { describeConfig } from '#app/config.ts'
import { FACT_KINDS } from '#domain/fact.ts'
import { AFTER_SALES, ORDER_STATUSES, PARCEL_STAGES, REPORT_STATES } from '#domain/order-status.ts'
import { ROLE_NAMES } from '#features/identity/roles.ts'
import { DRIFT_CAUSES, DRIFT_FIELDS } from '#features/orders/core/drift.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const pages = globSync('**/*.md', {
  cwd: ROOT,
  exclude: (path) => /node_modules|^data$|dist|\.git$/.test(path),
})

/** Fenced code is not prose: `[x](y)` in it is no link. */
function prose(text: string): string {
  return text.replace(/^(```|~~~).*?^\1/gms, '').replace(/`[^`\n]*`/g, '')
}

/** As GitHub names headings: lower case, punctuation dropped, blanks to hyphens. */
function anchorsOf(text: string): string[] {
  return [...text.replace(/^(```|~~~).*?^\1/gms, '').matchAll(/^#{1,6}\s+(.+)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}

/** What a page's relative links point to and is not there. */
function brokenLinks(page: string, text: string): string[] {
  return [...prose(text).matchAll(/\[[^\]]*\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)/g)].flatMap(
    ([, target = '']) => {
      if (/^(?:[a-z]+:|\/)/i.test(target)) return []
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), decodeURIComponent(path))
      if (relative(ROOT, file).startsWith('..')) return [`${page}: ${target} leaves the repository`]
      if (!existsSync(file)) return [`${page}: ${target} is not there`]
      if (anchor === undefined || statSync(file).isDirectory()) return []
      return anchorsOf(readFileSync(file, 'utf8')).includes(decodeURIComponent(anchor))
        ? []
        : [`${page}: ${target} has no such heading`]
    },
  )
}

test('relative links lead somewhere', () => {
  assert.ok(pages.length > 20, 'pages are found')
  assert.deepEqual(
    pages.flatMap((page) => brokenLinks(page, read(page))),
    [],
  )
})

test('a broken link, a missing heading and a link out of the repository are found', () => {
  const text = '[a](nowhere.md) [b](README.md#no-such) [c](../../etc/passwd) [d](LICENSE) `[e](x.md)`\n'
  assert.deepEqual(brokenLinks('README.md', text), [
    'README.md: nowhere.md is not there',
    'README.md: README.md#no-such has no such heading',
    'README.md: ../../etc/passwd leaves the repository',
  ])
  assert.deepEqual(anchorsOf('# Where the hub may call\n```sh\n# no heading\n```\n## 订单状态 `x`'), [
    'where-the-hub-may-call',
    '订单状态-x',
  ])
})

const names: readonly string[] = commands.map((command) => command.name)
const COMMAND = /\bholdfast\s+([a-z][a-z-]*)/g

for (const page of ['README.md', 'README.zh-CN.md']) {
  test(`${page} names every command of the command line, and no other`, () => {
    const used = [...read(page).matchAll(COMMAND)].map((match) => match[1] ?? '')
    const listed = [...read(page).matchAll(/^\| `([a-z]+)` \|/gm)].map((match) => match[1] ?? '')
    assert.deepEqual([...listed].sort(), [...names].sort())
    assert.deepEqual(
      used.filter((name) => !names.includes(name)),
      [],
    )
  })
}

test('commands, npm scripts and benches that other pages name exist', () => {
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts as object)
  const benches = [...read('bench/main.ts').matchAll(/^ {2}'?([a-z-]+)'?: async/gm)].map((match) => match[1])
  const missing = pages
    .filter((page) => !page.startsWith('console/'))
    .flatMap((page) => {
      const text = read(page)
      const of = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '')
      return [
        ...of(/\bnpx holdfast ([a-z]+)/g).filter((name) => !names.includes(name)),
        ...of(/\bnpm run (?:--silent )?([a-z:]+)/g).filter((name) => !scripts.includes(name)),
        ...of(/\bnpm run bench --\s+([a-z-]+)/g).filter((name) => !benches.includes(name)),
      ].map((name) => `${page}: ${name}`)
    })
  assert.deepEqual(missing, [])
})

test('docs/operations/settings.md is the table of src/app/config.ts', () => {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  const wanted = describeConfig({}).map(
    ({ env, standard, allowed, en }) =>
      `| \`${env}\` | ${standard === '' ? '' : `\`${standard}\``} | ${cell(allowed)} | ${cell(en)} |`,
  )
  const found = read('docs/operations/settings.md')
    .split('\n')
    .filter((line) => /^\| `[A-Z_]+` \|/.test(line))
  assert.deepEqual(found, wanted)
})

test('docs/glossary.md has every status, fact, drift field and cause, stage and role, with its 中文', () => {
  const rows = new Set(
    [...read('docs/glossary.md').matchAll(/^\| `([a-z_]+)` \| [^|]*\p{Script=Han}[^|]* \|/gmu)].map(
      (match) => match[1],
    ),
  )
  const wanted = [
    ...ORDER_STATUSES,
    ...FACT_KINDS,
    ...AFTER_SALES,
    ...REPORT_STATES,
    ...DRIFT_FIELDS,
    ...DRIFT_CAUSES,
    ...ROLE_NAMES,
  ]
  assert.deepEqual(
    wanted.filter((word) => !rows.has(word)),
    [],
  )
  const text = read('docs/glossary.md')
  assert.deepEqual(
    PARCEL_STAGES.filter((stage) => !text.includes(`\`${stage}\``)),
    [],
  )
})

test('decision records are numbered without gaps and listed', () => {
  const files = globSync('docs/decisions/[0-9]*.md', { cwd: ROOT }).sort()
  const list = read('docs/decisions/README.md')
  for (const [i, file] of files.entries()) {
    const name = file.split('/').at(-1) ?? ''
    const number = String(i + 1).padStart(4, '0')
    assert.ok(name.startsWith(`${number}-`), `${name} is not number ${number}`)
    assert.match(read(file), new RegExp(`^# ${number} · `))
    assert.ok(list.includes(`(${name})`), `${name} is not in the list`)
  }
})

test('LICENSE is the text of Apache-2.0', () => {
  const text = read('LICENSE')
  assert.match(text, /Apache License\s+Version 2\.0, January 2004/)
  for (const section of [
    '1. Definitions.',
    '3. Grant of Patent License.',
    '9. Accepting Warranty',
    'END OF TERMS AND CONDITIONS',
  ])
    assert.ok(text.includes(section), section)
  assert.equal(JSON.parse(read('package.json')).license, 'Apache-2.0')
})
