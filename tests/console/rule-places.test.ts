import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mappingPart } from '#features/mapping/index.ts'
import { promisePart } from '#features/promises/index.ts'
import { reviewPart } from '#features/review/index.ts'
import { sourcingPart } from '#features/sourcing/index.ts'
import { splitPart } from '#features/splitting/index.ts'
import { NODE_WIDTH } from '../../console/src/pages/rules/canvas/boxes.ts'
import { freePlace, openingView } from '../../console/src/pages/rules/canvas/free-place.ts'

test('a new node stands where it was wanted, else just below or above what is there, whichever is nearer', () => {
  const boxes = [
    { x: 0, y: 0, height: 100 },
    { x: 100, y: 130, height: 100 },
    { x: 900, y: 0, height: 100 },
  ]
  assert.deepEqual(freePlace(boxes, { x: 400, y: 50 }, 80), { x: 400, y: 50 })
  // Between the two there is no room for 80: below the second, 24 apart.
  assert.deepEqual(freePlace(boxes, { x: 10, y: 140 }, 80), { x: 10, y: 254 })
  assert.deepEqual(freePlace(boxes, { x: 10, y: 20 }, 80), { x: 10, y: -104 })
  assert.deepEqual(freePlace([], { x: 3, y: 4 }, 80), { x: 3, y: 4 })
})

test('property: a new node hides no other', () => {
  const place = fc.record({ x: fc.integer({ min: -900, max: 900 }), y: fc.integer({ min: -900, max: 900 }) })
  const box = fc.tuple(place, fc.integer({ min: 40, max: 160 })).map(([at, height]) => ({ ...at, height }))
  fc.assert(
    fc.property(fc.array(box, { maxLength: 60 }), place, (boxes, wanted) => {
      const { x, y } = freePlace(boxes, wanted, 120)
      for (const one of boxes)
        assert.ok(
          Math.abs(one.x - x) >= NODE_WIDTH || y + 120 <= one.y || one.y + one.height <= y,
          JSON.stringify({ one, x, y }),
        )
    }),
  )
})

test('a large model opens at its beginning, at a size to read; a small one as a whole', () => {
  const nodes = [
    { x: -100, y: 300, height: 40 },
    { x: 0, y: 300, height: 100 },
    { x: 2_000, y: 0, height: 100 },
    { x: 2_000, y: 2_000, height: 100 },
  ]
  const size = { width: 700, height: 540, fitted: 0.25 }
  assert.equal(openingView(nodes, null, { ...size, fitted: 0.9 }), null)
  assert.equal(openingView([], null, size), null)
  const view = openingView(nodes, { x: -100, y: 300 }, size)
  assert.ok(view)
  const onScreen = ({ x, y }: { x: number; y: number }) => [x * view.zoom + view.x, y * view.zoom + view.y]
  const [x = -1, y = -1] = onScreen({ x: -100, y: 300 })
  assert.ok(view.zoom >= 0.6 && x >= 0 && x < 100 && y >= 0 && y < 300, `${x} ${y}`)
})

test("the templates' nodes stand apart, so that one can read them and see the lines between them", () => {
  // The highest node that a template has is 154 px high; what it leads to stands to its right.
  for (const { kind } of [splitPart, sourcingPart, reviewPart, promisePart, mappingPart])
    for (const { id, model } of kind.templates)
      for (const one of model.nodes)
        for (const other of model.nodes) {
          if (one.id >= other.id) continue
          const [across, down] = [Math.abs(one.at.x - other.at.x), Math.abs(one.at.y - other.at.y)]
          assert.ok(across >= NODE_WIDTH + 40 || down >= 154, `${kind.kind} ${id}: ${one.id}, ${other.id}`)
        }
})
