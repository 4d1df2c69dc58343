import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findFloorBreaks, findImpureCores } from './floors.ts'
import { allSources, expectNone, sourceOf } from './sources.ts'

test('imports never turn back to a floor above', () => {
  expectNone(findFloorBreaks(allSources()))
})

test('core folders are pure', () => {
  expectNone(findImpureCores(allSources()))
})

const BREAKS: readonly (readonly [string, string, string])[] = [
  [
    'src/kernel/a.ts',
    "import { x } from '#domain/order.ts'",
    'kernel must not import src/domain/order.ts: the floor above',
  ],
  ['src/kernel/a.ts', "import pg from 'pg'", 'kernel imports no packages (pg)'],
  [
    'src/domain/a.ts',
    "import type { X } from '../platform/x.ts'",
    'domain must not import src/platform/x.ts: the floor above',
  ],
  ['src/domain/a.ts', "import { readFileSync } from 'node:fs'", 'domain imports only kernel (node:fs)'],
  [
    'src/platform/a.ts',
    "export { x } from '#features/a/index.ts'",
    'platform must not import src/features/a/index.ts: the floor above',
  ],
  [
    'src/features/a/x.ts',
    "import { y } from '#connectors/list.ts'",
    'a feature must not import the connector file src/connectors/list.ts',
  ],
  [
    'src/features/a/x.ts',
    "import { y } from '../b/store.ts'",
    'enter the feature b through its index.ts, not src/features/b/store.ts',
  ],
  [
    'src/connectors/channels/a/x.ts',
    "import { y } from '#features/b/index.ts'",
    'a connector must not import the feature file src/features/b/index.ts',
  ],
  [
    'src/connectors/channels/a/x.ts',
    "await import('../b/read.ts')",
    'the connector channels/a must not import src/connectors/channels/b/read.ts',
  ],
  ['src/app/main.ts', "import { fake } from '#sim/platform.ts'", 'src never imports sim/platform.ts'],
]

for (const [path, text, words] of BREAKS) {
  test(`${path} with ${text} breaks the floors`, () => {
    assert.deepEqual(findFloorBreaks([sourceOf(path, text)]), [`${path}:1: ${words}`])
  })
}

test('the ways that are open stay open', () => {
  const open = [
    sourceOf('src/kernel/random.ts', "import { randomBytes } from 'node:crypto'"),
    sourceOf('src/features/a/x.ts', "import { y } from '../b/index.ts'\nimport { z } from '#platform/z.ts'"),
    sourceOf('src/connectors/list.ts', "import { a } from './channels/a/index.ts'"),
    sourceOf('src/connectors/channels/a/read.ts', "import { j } from '../../json.ts'"),
    sourceOf('src/app/main.ts', "import { a } from '#features/a/jobs.ts'\nconst text = \"from '#sim/x.ts'\""),
    sourceOf('src/features/a/x.test.ts', "import { freshDatabase } from '#test-support/postgres.ts'"),
  ]
  assert.deepEqual(findFloorBreaks(open), [])
})

test('a core that waits, asks the clock or imports a package is found', () => {
  const text =
    "import { s } from '../store.ts'\nexport async function x() {\n  return Temporal.Now.instant()\n}\n// async is fine here"
  assert.deepEqual(findImpureCores([sourceOf('src/features/a/core/x.ts', text)]), [
    'src/features/a/core/x.ts:2: core is pure: no async',
    'src/features/a/core/x.ts:3: core is told the time: no Temporal.Now',
    'src/features/a/core/x.ts:1: core imports only kernel, domain and its own core, not src/features/a/store.ts',
  ])
})
