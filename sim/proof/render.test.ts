import assert from 'node:assert/strict'
import { test } from 'node:test'
import { curveSvg, type Kept, renderProof } from './render.ts'

const RECORD: Kept = {
  name: 'sim',
  command: 'npm run sim',
  at: '2026-11-11T00:00:00Z',
  seconds: 61,
  passed: true,
  figures: [{ what: 'seeds | run', value: '3' }],
  tables: [{ title: 'Seeds', columns: ['seed'], rows: [['4']] }],
  machine: { node: 'v26', cores: 2 },
}

test('the page tells what was run, what was not, and what did not hold', () => {
  const { page } = renderProof([RECORD, { ...RECORD, name: 'chaos', passed: false }], '## Found\n\nnothing')
  assert.match(page, /\| Seeded simulation \| held \| 61 s \|/)
  assert.match(page, /\| Chaos \| \*\*did not hold\*\* \|/)
  assert.match(page, /\| Soak \| not run \|/)
  assert.match(page, /Not run for this page: `npm run soak`/)
  assert.match(page, /seeds \\\| run \| 3 \|/)
  assert.ok(page.endsWith('## Found\n\nnothing\n'))
})

test('a curve is drawn from zero to its largest value, and its words cannot break the picture', () => {
  const svg = curveSvg('RSS <hub>', 'MiB', [
    [0, 50],
    [60, 100],
  ])
  assert.match(svg, /d="M70\.0 100\.0 L710\.0 30\.0"/)
  assert.match(svg, /RSS &lt;hub> \(MiB\)/)
  assert.equal(
    renderProof([{ ...RECORD, curves: [{ title: 'a', unit: 'b', points: [] }] }], '').pictures.size,
    1,
  )
})
