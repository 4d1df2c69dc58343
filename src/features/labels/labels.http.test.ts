import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PDFDocument } from '@cantoo/pdf-lib'
import { Outage } from '#kernel/outage.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { runBatch } from './batches/run-batch.ts'
import { labelRoutes, watchPrinting } from './index.ts'
import { type LabelRig, madeSource, openLabelRig } from './testing.ts'

let server: TestServer
let rig: LabelRig
let now = Temporal.Instant.from('2026-03-01T02:00:00Z')

before(async () => {
  server = await openTestServer((app, { sql }) => {
    rig = openLabelRig(sql, { now: () => now })
    labelRoutes(app, rig.deps)
  })
})
after(async () => await server.close())

type Any = Record<string, unknown>
const call = async (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  body?: object,
): Promise<{ status: number; body: Any }> => {
  const { status, body: answer } = await server.call(method, url, body)
  return { status, body: answer as Any }
}
const ids = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => String(from + at))
const put = (from: number, count: number): string[] => {
  for (let at = 0; at < count; at += 1) rig.sources.set(BigInt(from + at), madeSource(from + at))
  return ids(from, count)
}
const make = async (waybillIds: readonly string[], more: object = {}) =>
  await call('POST', '/api/labels/batches', { waybillIds, size: '76x130', ...more })
const draw = async (id: unknown) => await runBatch(rig.deps, BigInt(String(id)), async () => undefined)
const batch = async (id: unknown): Promise<Any> => (await call('GET', `/api/labels/batches/${id}`)).body
const itemsOf = async (id: unknown, state: string): Promise<Any[]> =>
  (await call('GET', `/api/labels/batches/${id}/items?state=${state}&limit=200`)).body.items as Any[]
async function pagesOf(url: string, key?: Record<string, string>): Promise<number> {
  const answer = await server.app.inject({ url, headers: key ?? (await server.asKey('labels:print')) })
  assert.equal(answer.statusCode, 200, answer.body.slice(0, 200))
  return (await PDFDocument.load(answer.rawPayload)).getPageCount()
}

test('a batch killed in the middle goes on behind its last part: each label is one page, none twice', async () => {
  const waybills = put(1, 130)
  const made = await make(waybills)
  assert.equal(made.status, 200, JSON.stringify(made.body))
  let turns = 0
  await assert.rejects(
    runBatch(rig.deps, BigInt(String(made.body.id)), async () => {
      turns += 1
      // The process dies after two parts of 50 were written.
      if (turns === 3) throw new Outage('job.interrupted', 'killed')
    }),
  )
  const half = await batch(made.body.id)
  assert.deepEqual([half.state, half.rendered, half.pages], ['rendering', 100, 100])
  const counted: number[] = []
  const done = await runBatch(
    rig.deps,
    BigInt(String(made.body.id)),
    async (count) => void counted.push(count),
  )
  assert.ok(done.ok)
  assert.deepEqual(counted, [100, 130, 130])
  const whole = await batch(made.body.id)
  assert.deepEqual([whole.state, whole.rendered, whole.failed, whole.pages], ['ready', 130, 0, 130])
  assert.equal(await pagesOf(`/api/labels/batches/${made.body.id}/pdf`), 130)
  const chunks = await server.sql<{ chunk: number; pages: number }>`
    select chunk, pages from label_chunk where batch_id = ${BigInt(String(made.body.id))} order by chunk`
  assert.deepEqual(chunks, [
    { chunk: 1, pages: 50 },
    { chunk: 2, pages: 50 },
    { chunk: 3, pages: 30 },
  ])
})

test('one bad label keeps out itself: missing characters are named before printing and mended by a person', async () => {
  const waybills = put(200, 5)
  const to = madeSource(201).to
  assert.ok(to !== null)
  rig.sources.set(201n, madeSource(201, { to: { ...to, name: '𠮷田', address: `${to.address}𪚥` } }))
  rig.sources.set(202n, madeSource(202, { childNos: ['SF2001', 'SF2002'] }))
  const document = { kind: 'sealed', component: 'cainiao', document: { encryptedData: 'x' } } as const
  rig.sources.set(203n, madeSource(203, { document }))
  const carriers = await PDFDocument.create()
  carriers.addPage([283, 425])
  carriers.addPage([283, 425])
  const bytes = await carriers.save()
  rig.sources.set(204n, madeSource(204, { document: { kind: 'pdf', bytes } }))
  const made = await make(waybills)
  await draw(made.body.id)
  const seen = await batch(made.body.id)
  assert.deepEqual(
    [seen.state, seen.labels, seen.rendered, seen.failed, seen.passed, seen.pages],
    // 200; three pieces of 202; two pages of 204.
    ['ready', 7, 5, 1, 1, 6],
  )
  const [failed] = await itemsOf(made.body.id, 'failed')
  assert.deepEqual([failed?.waybillId, failed?.code], ['201', 'labels.glyph_missing'])
  assert.deepEqual((failed?.data as { missing: unknown } | undefined)?.missing, [
    { character: '𠮷', codePoint: 'U+20BB7', fields: ['to.name'], suggestion: '吉' },
    { character: '𪚥', codePoint: 'U+2A6A5', fields: ['to.address'], suggestion: null },
  ])
  const retried = await call('POST', `/api/labels/batches/${made.body.id}/retry`, {
    substitutes: { 𠮷: '吉', 𪚥: '' },
  })
  assert.equal(retried.status, 200)
  await draw(made.body.id)
  const mended = await batch(made.body.id)
  assert.deepEqual([mended.rendered, mended.failed, mended.pages], [6, 0, 7])
  assert.equal(await pagesOf(`/api/labels/batches/${made.body.id}/pdf`), 7)
  const again = await call('POST', `/api/labels/batches/${made.body.id}/retry`, {})
  assert.deepEqual([again.status, again.body.code], [422, 'labels.nothing_failed'])
})

test('printing again needs a reason, counts, and is audited', async () => {
  const waybills = put(300, 2)
  const first = await make(waybills)
  await draw(first.body.id)
  const refused = await make(waybills)
  assert.deepEqual([refused.status, refused.body.code], [422, 'labels.reprint_reason_required'])
  const again = await make(waybills, { reason: '打印机卡纸' })
  assert.equal(again.status, 200)
  await draw(again.body.id)
  const items = await itemsOf(again.body.id, 'rendered')
  assert.deepEqual(
    items.map((item) => item.printNo),
    [2, 2],
  )
  const [entry] = await server.sql<{ detail: Any }>`
    select detail from audit_entry where action = 'labels.reprinted' order by id desc limit 1`
  assert.deepEqual([entry?.detail.reprints, entry?.detail.reason], [2, '打印机卡纸'])
  const unknown = await make(['999999'])
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'labels.waybill_not_found'])
})

async function printer(code: string, takes: string[]): Promise<{ id: string; key: Record<string, string> }> {
  const made = await call('POST', '/api/print/devices', { code, name: code, warehouse: null, takes })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  return { id: String(made.body.id), key: { authorization: `Bearer ${made.body.key}` } }
}
async function as(key: Record<string, string>, url: string, payload: object) {
  const answer = await server.app.inject({ method: 'POST', url, headers: key, payload })
  return { status: answer.statusCode, body: answer.json() as Any }
}

test('a printer gets its labels once; a second delivery is marked and a second copy is told', async () => {
  const { id, key } = await printer('P-01', ['pdf', 'cainiao'])
  const other = await printer('P-02', ['pdf'])
  const waybills = put(400, 3)
  rig.sources.set(
    402n,
    madeSource(402, { document: { kind: 'sealed', component: 'cainiao', document: { a: 1 } } }),
  )
  const made = await make(waybills, { deviceId: id })
  await draw(made.body.id)
  const wrong = await as(other.key, '/api/print/claim', { device: 'P-01' })
  assert.deepEqual([wrong.status, wrong.body.code], [403, 'labels.device_forbidden'])
  const barred = await as(key, '/api/labels/batches', { waybillIds: waybills, size: '76x130' })
  assert.deepEqual([barred.status, barred.body.code], [403, 'labels.device_forbidden'])
  const first = (await as(key, '/api/print/claim', { device: 'P-01' })).body.task as Any
  assert.deepEqual([first.kind, first.labels, first.delivery, first.repeated], ['pdf', 2, 1, false])
  assert.equal(await pagesOf(String(first.document), key), 2)
  const sealed = (await as(key, '/api/print/claim', { device: 'P-01' })).body.task as Any
  assert.equal(sealed.kind, 'cainiao')
  const passed = await server.app.inject({ url: String(sealed.document), headers: key })
  assert.deepEqual(passed.json(), { a: 1 })
  assert.equal((await as(key, '/api/print/claim', { device: 'P-01' })).body.task, null)
  const ack = async (task: Any, outcome: string, lease = task.lease) =>
    await as(key, `/api/print/tasks/${task.id}/ack`, { lease, outcome })
  const done = await ack(sealed, 'printed')
  assert.deepEqual(done.body, { state: 'printed', twice: false })
  assert.deepEqual((await ack(sealed, 'printed')).body, { state: 'printed', twice: false })
  assert.deepEqual(
    rig.printed.map(({ waybillIds, deviceId, batchNo }) => [waybillIds, deviceId, batchNo]),
    [[[402n], 'P-01', made.body.batchNo]],
  )
  // Nobody answers for the first one: taken back, alarmed, and given out again with a mark.
  now = now.add({ minutes: 11 })
  // A lease runs by the database's clock.
  assert.equal((await as(key, '/api/print/claim', { device: 'P-01' })).body.task, null)
  await server.sql`update print_task set lease_until = now() where state = 'handed_out'`
  const told: unknown[] = []
  const alarms: Alarms = {
    raise: async () => undefined,
    clear: async () => undefined,
    settle: async (rule, signals) =>
      void told.push([rule, signals.map((one) => [one.subject, one.evidence])]),
  }
  await watchPrinting(rig.deps, alarms)
  assert.deepEqual(told, [
    [
      'print.unacknowledged',
      [['P-01', { device: 'P-01', tasks: 1, labels: 2, stuck: 0, failed: 0, oldestMinutes: 11 }]],
    ],
  ])
  const second = (await as(key, '/api/print/claim', { device: 'P-01' })).body.task as Any
  assert.deepEqual([second.id, second.delivery, second.repeated], [first.id, 2, true])
  const lost = await server.app.inject({ url: String(first.document), headers: key })
  assert.equal((lost.json() as Any).code, 'labels.lease_lost_conflict')
  assert.deepEqual((await ack(second, 'printed')).body, { state: 'printed', twice: false })
  // The first delivery had come out after all.
  assert.deepEqual((await ack(first, 'printed')).body, { state: 'printed', twice: true })
  const { body } = await call('GET', `/api/print/tasks/${first.id}`)
  assert.equal((body.task as Any).printedTimes, 2)
  assert.deepEqual(
    (body.events as Any[]).map((event) => event.what),
    ['handed_out', 'taken_back', 'handed_out_again', 'printed', 'printed', 'printed_twice'],
  )
  assert.equal(rig.printed.length, 2, 'one word to the waybills for one task')
  told.length = 0
  await watchPrinting(rig.deps, alarms)
  assert.deepEqual(told, [['print.unacknowledged', []]])
})

test('templates are versioned, checked, chosen by carrier, and previewed', async () => {
  const list = (await call('GET', '/api/labels/templates')).body.items as Any[]
  assert.equal(list.length, 12)
  const given = list.find((one) => one.ref === 'sf-76x130') as Any
  const body = given.body as { blocks: Any[] }
  const ask = { name: '自有模板', size: '76x130', carriers: ['SF'], body: { ...body, logo: '好物铺' } }
  const saved = await call('POST', '/api/labels/templates', ask)
  assert.deepEqual([saved.status, saved.body.version], [200, 1])
  const same = await call('POST', '/api/labels/templates', ask)
  assert.deepEqual([same.status, same.body.code], [409, 'labels.template_exists'])
  const url = `/api/labels/templates/${saved.body.id}`
  assert.equal((await call('PUT', url, { ...ask, version: 1 })).body.version, 2)
  assert.equal((await call('PUT', url, { ...ask, version: 1 })).body.code, 'labels.template_changed_conflict')
  const high = {
    ...body,
    blocks: [...body.blocks, { kind: 'text', heightMm: 5, sizePt: 7, text: '谢谢惠顾' }],
  }
  const over = await call('POST', '/api/labels/preview', { size: '76x130', body: high })
  assert.deepEqual([over.status, over.body.code], [422, 'labels.template_overflow'])
  const shown = await call('POST', '/api/labels/preview', { size: '76x130' })
  assert.equal(shown.body.template, `t${saved.body.id} v2`)
  assert.match(String(shown.body.svg), /好物铺 · 顺丰速运/)
  assert.match(String(shown.body.svg), /138\*\*\*\*8000/)
  assert.doesNotMatch(String(shown.body.svg), /13800138000/)
  const page = await server.app.inject({
    method: 'POST',
    url: '/api/labels/preview/pdf',
    headers: await server.asKey('labels:print'),
    payload: { size: '100x150' },
  })
  const [only] = (await PDFDocument.load(page.rawPayload)).getPages()
  assert.deepEqual([Math.round(only?.getWidth() ?? 0), Math.round(only?.getHeight() ?? 0)], [283, 425])
})

test('a batch that we drew passes our own font check', async () => {
  const waybills = put(500, 3)
  const made = await make(waybills)
  await draw(made.body.id)
  const pdf = await server.app.inject({
    url: `/api/labels/batches/${made.body.id}/pdf`,
    headers: await server.asKey('labels:print'),
  })
  const checked = await server.app.inject({
    method: 'POST',
    url: '/api/labels/font-checks?name=own.pdf',
    headers: { ...(await server.asKey('parcels:write')), 'content-type': 'application/pdf' },
    payload: pdf.rawPayload,
  })
  const check = checked.json() as { verdict: string; fonts: Any[]; id: string; pages: number }
  assert.deepEqual([check.verdict, check.pages, check.fonts.length], ['good', 3, 2])
  assert.deepEqual([...new Set(check.fonts.map((font) => font.state))], ['embedded_subset'])
  assert.equal((await call('GET', `/api/labels/font-checks/${check.id}`)).body.verdict, 'good')
})
