import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FREIGHT_CLOSED, FREIGHT_WITH_GAPS } from './fixtures/freight-example.ts'
import { textOfModel } from './model-text.ts'
import { hashOfModel, parseModel } from './parse-model.ts'

type Json = { [name: string]: Json | undefined; [index: number]: Json | undefined }

/** The example as JSON, with one thing done to it. */
function changed(change: (model: Json) => void): unknown {
  const model = JSON.parse(JSON.stringify(FREIGHT_CLOSED)) as Json
  change(model)
  return model
}

function placeOf(json: unknown): unknown {
  const parsed = parseModel(json)
  assert.ok(!parsed.ok)
  assert.equal(parsed.refusal.code, 'rulebook.model_invalid')
  return (parsed.refusal.data as { place: string }).place
}

const set = (place: Json | undefined, name: string | number, value: unknown): void => {
  Object.defineProperty(place, name, { value, enumerable: true, configurable: true, writable: true })
}

test('a model is read as it was written', () => {
  assert.deepEqual(parseModel(JSON.parse(JSON.stringify(FREIGHT_CLOSED))), {
    ok: true,
    value: FREIGHT_CLOSED,
  })
})

test('what is wrong is refused with its place', () => {
  const node = (model: Json, index: number) => model.nodes?.[index] as Json
  const cases: readonly (readonly [string, (model: Json) => void])[] = [
    ['format', (model) => set(model, 'format', 2)],
    ['currency', (model) => set(model, 'currency', 'yuan')],
    ['start', (model) => set(model, 'start', 'nowhere')],
    ['nodes[0].type', (model) => set(node(model, 0), 'type', 'script')],
    ['nodes[0]', (model) => set(node(model, 0), 'run', '1')],
    ['nodes[0].otherwise', (model) => set(node(model, 0), 'otherwise', 'nowhere')],
    ['nodes[0].branches[1].id', (model) => set(node(model, 0).branches?.[1], 'id', 'first')],
    ['nodes[0].branches[1].id', (model) => set(node(model, 0).branches?.[1], 'id', 'otherwise')],
    ['nodes[0].branches[1].when', (model) => set(node(model, 0).branches?.[1], 'when', 7)],
    ['nodes[0].branches[1].when', (model) => set(node(model, 0).branches?.[1], 'when', 'x'.repeat(2_001))],
    ['nodes[1].id', (model) => set(node(model, 1), 'id', 'who')],
    ['nodes[1].id', (model) => set(node(model, 1), 'id', '__proto__')],
    ['nodes[1].at', (model) => set(node(model, 1), 'at', { x: 1e300, y: 0 })],
    ['nodes[1].outputs[0].name', (model) => set(node(model, 1).outputs?.[0], 'name', 'constructor')],
    ['nodes[1].rows[0].cells', (model) => set(node(model, 1).rows?.[0], 'cells', [])],
    ['nodes[3].label', (model) => set(node(model, 3), 'label', '\ud800')],
    ['tables[0].rows[0]', (model) => set(model.tables?.[0]?.rows as Json, 0, ['浙江'])],
    ['nodes', (model) => set(node(model, 1), 'to', 'who')],
    [
      'nodes',
      (model) =>
        set(
          model,
          'nodes',
          Array.from({ length: 401 }, () => node(model, 4)),
        ),
    ],
    [
      'tables[0].rows',
      (model) =>
        set(
          model.tables?.[0],
          'rows',
          Array.from({ length: 20_001 }, () => ['a', '1']),
        ),
    ],
    ['', (model) => set(model, '__proto__', {})],
  ]
  for (const [place, change] of cases) assert.equal(placeOf(changed(change)), place)
  for (const json of [null, 7, 'x', [], { nodes: new Array(3) }]) assert.equal(parseModel(json).ok, false)
})

test('400 nodes in a row, and anything nested deeply, are read without running out of stack', () => {
  const nodes = Array.from({ length: 400 }, (_, index) => ({
    id: `n${index}`,
    type: 'set',
    label: '',
    at: { x: 0, y: 0 },
    values: [],
    to: index === 399 ? null : `n${index + 1}`,
  }))
  assert.ok(parseModel({ format: 1, currency: 'CNY', start: 'n0', nodes, tables: [] }).ok)
  let deep: unknown = 1
  for (let level = 0; level < 100_000; level += 1) deep = [deep]
  assert.equal(parseModel({ format: 1, currency: 'CNY', start: null, nodes: deep, tables: [] }).ok, false)
})

test('anything at all is read or refused, never thrown', () => {
  const json = changed(() => undefined) as { nodes: unknown[] }
  fc.assert(
    fc.property(
      fc.anything(),
      fc.nat(4),
      fc.constantFrom('type', 'to', 'rows', 'branches', 'at', 'id', 'values', 'keys'),
      (what, index, field) => {
        parseModel(what)
        parseModel({
          ...json,
          nodes: json.nodes.with(index, { ...(json.nodes[index] as object), [field]: what }),
        })
      },
    ),
    { numRuns: 2_000 },
  )
})

test('where nodes stand is no part of the hash, everything else is', () => {
  const moved = {
    ...FREIGHT_CLOSED,
    nodes: FREIGHT_CLOSED.nodes.map((node) => ({ ...node, at: { x: 5, y: 9 } })),
  }
  assert.equal(hashOfModel(moved), hashOfModel(FREIGHT_CLOSED))
  assert.notEqual(hashOfModel(FREIGHT_WITH_GAPS), hashOfModel(FREIGHT_CLOSED))
  assert.match(hashOfModel(moved), /^[0-9a-f]{64}$/)
})

test('as text a model reads from its start along its ways', () => {
  assert.deepEqual(textOfModel(FREIGHT_WITH_GAPS).slice(0, 8), [
    '币种 CNY，从 「客户」 开始',
    '',
    '分支「客户」',
    '  若 order_source == "douyin" && customer_level == "new" && order_count == 0（抖音新客首单）→ 「首单包邮」',
    '  若 customer_level == "new"（新客）→ 「金额档」',
    '  若 customer_level == "old"（老客）→ 「金额档」',
    '  否则 → 没人决定，转人工',
    '',
  ])
  assert.ok(textOfModel(FREIGHT_CLOSED).includes('  订单金额 [99, 199) ⇒ base_fee = yuan("8")'))
})
