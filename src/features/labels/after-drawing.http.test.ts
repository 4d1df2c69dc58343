import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PDFDocument } from '@cantoo/pdf-lib'
import type { Alarms } from '#platform/alarms/alarms.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { runBatch } from './batches/run-batch.ts'
import { labelRoutes, watchPrinting } from './index.ts'
import { type LabelRig, madeSource, openLabelRig } from './testing.ts'

// What happens between the drawn label and the paper: cancelled waybills, lost jobs, printers that fail, are moved, or lose their key.

let server: TestServer
let rig: LabelRig
const now = Temporal.Instant.from('2026-03-01T02:00:00Z')

before(async () => {
  server = await openTestServer((app, { sql }) => {
    rig = openLabelRig(sql, { now: () => now })
    labelRoutes(app, rig.deps)
  })
})
after(async () => await server.close())

type Any = Record<string, unknown>
type Key = Record<string, string>
const call = async (method: 'GET' | 'POST' | 'DELETE', url: string, body?: object) => {
  const { status, body: answer } = await server.call(method, url, body)
  return { status, body: answer as Any }
}
const put = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => {
    rig.sources.set(BigInt(from + at), madeSource(from + at))
    return String(from + at)
  })
const queued = async (waybillIds: readonly string[], more: object = {}): Promise<Any> => {
  const made = await call('POST', '/api/labels/batches', { waybillIds, size: '76x130', ...more })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  return made.body
}
const draw = async (id: unknown) => await runBatch(rig.deps, BigInt(String(id)), async () => undefined)
const drawn = async (waybillIds: readonly string[], more: object = {}): Promise<Any> => {
  const made = await queued(waybillIds, more)
  assert.ok((await draw(made.id)).ok)
  return made
}
const batch = async (id: unknown): Promise<Any> => (await call('GET', `/api/labels/batches/${id}`)).body
async function printer(code: string, takes = ['pdf']): Promise<{ id: string; key: Key }> {
  const made = await call('POST', '/api/print/devices', { code, name: code, warehouse: null, takes })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  return { id: String(made.body.id), key: { authorization: `Bearer ${made.body.key}` } }
}
async function as(key: Key, url: string, payload?: object) {
  const answer = await server.app.inject({
    method: payload === undefined ? 'GET' : 'POST',
    url,
    headers: key,
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: answer.statusCode, raw: answer.rawPayload, body: () => answer.json() as Any }
}
const claim = async (key: Key, device: string) =>
  (await as(key, '/api/print/claim', { device })).body().task as Any | null
const ack = async (key: Key, task: Any | null, outcome: string, words = '') =>
  await as(key, `/api/print/tasks/${task?.id}/ack`, { lease: task?.lease, outcome, words })
const pages = async (bytes: Uint8Array) => (await PDFDocument.load(bytes)).getPageCount()
const told: [string, unknown][] = []
const alarms: Alarms = {
  raise: async () => undefined,
  clear: async () => undefined,
  settle: async (_, signals) => {
    told.length = 0
    for (const { subject, evidence } of signals) told.push([subject, evidence])
  },
}

test('a waybill that was cancelled after its label was drawn comes out of no printer and no PDF', async () => {
  const { id, key } = await printer('C-01')
  const made = await drawn(put(1, 3), { deviceId: id })
  const whole = await drawn(put(4, 1), { deviceId: id })
  rig.sources.delete(2n)
  rig.sources.delete(4n)
  const url = `/api/labels/batches/${made.id}/pdf`
  assert.equal(await pages((await as(await server.asKey('labels:print'), url)).raw), 2)
  const none = await as(await server.asKey('labels:print'), `/api/labels/batches/${whole.id}/pdf`)
  assert.deepEqual([none.status, none.body().code], [422, 'labels.batch_gone'])
  const task = await claim(key, 'C-01')
  assert.equal(task?.labels, 2)
  assert.equal(await pages((await as(key, String(task?.document))).raw), 2)
  await ack(key, task, 'printed')
  assert.deepEqual(rig.printed.at(-1)?.waybillIds, [1n, 3n])
  // The second batch has nothing left: it ends by itself, and the printer hears that there is no work.
  assert.equal(await claim(key, 'C-01'), null)
  const tasks = (await call('GET', `/api/print/tasks?batch=${whole.id}`)).body.items as Any[]
  assert.deepEqual(
    tasks.map((one) => one.state),
    ['dropped'],
  )
})

test('a number that was changed since the label was drawn is not printed under the old one', async () => {
  const { id, key } = await printer('C-02')
  await drawn(put(10, 2), { deviceId: id })
  rig.sources.set(11n, madeSource(11, { trackingNo: 'SFNEW' }))
  const task = await claim(key, 'C-02')
  assert.equal(await pages((await as(key, String(task?.document))).raw), 1)
})

test('a printer that says failed is told as an alarm until a person moves the task', async () => {
  const { id, key } = await printer('F-01')
  const other = await printer('F-02')
  await drawn(put(20, 1), { deviceId: id })
  const task = await claim(key, 'F-01')
  await ack(key, task, 'failed', '缺纸')
  await watchPrinting(rig.deps, alarms)
  assert.deepEqual(told, [
    ['F-01', { device: 'F-01', tasks: 1, labels: 1, stuck: 0, failed: 1, oldestMinutes: 0 }],
  ])
  const busy = await call('DELETE', `/api/print/devices/${id}`)
  assert.deepEqual([busy.status, busy.body.code], [409, 'labels.device_busy_conflict'])
  const moved = { deviceId: other.id, reason: '缺纸，改到二号机' }
  assert.equal((await call('POST', `/api/print/tasks/${task?.id}/requeue`, moved)).status, 204)
  await watchPrinting(rig.deps, alarms)
  assert.deepEqual(told, [])
  // The first printer had it on paper after all: its late word counts, and the second copy is told as one.
  const late = await ack(key, task, 'printed')
  assert.deepEqual(late.body(), { state: 'printed', twice: false })
  assert.equal(rig.printed.at(-1)?.deviceId, 'F-01')
  const others = await ack(other.key, task, 'printed')
  assert.equal(others.body().code, 'labels.device_forbidden')
  const own = await ack(other.key, { id: task?.id, lease: 'AAAAAAAAAAAAAAAA' }, 'printed')
  assert.equal(own.body().code, 'labels.lease_lost_conflict')
})

test('the key of a printer opens nothing else, not even after it was renewed or the printer is gone', async () => {
  const { id, key } = await printer('K-01')
  const made = await drawn(put(30, 1))
  const url = `/api/labels/batches/${made.id}/pdf`
  assert.equal((await as(key, url)).status, 403)
  // Another process still answers by the old key for some seconds: as if it had not been revoked.
  const renewed = await call('POST', `/api/print/devices/${id}/key`)
  await server.sql`update api_key set revoked_at = null`
  assert.deepEqual(
    [(await as(key, url)).body().code, (await as(key, '/api/print/claim', { device: 'K-01' })).status],
    ['labels.device_forbidden', 403],
  )
  assert.equal((await call('DELETE', `/api/print/devices/${id}`)).status, 204)
  await server.sql`update api_key set revoked_at = null`
  const last = { authorization: `Bearer ${renewed.body.key}` }
  assert.equal((await as(last, url)).body().code, 'labels.device_forbidden')
})

test('what a person printed by hand does not come out of a printer again', async () => {
  const { id, key } = await printer('H-01')
  const made = await drawn(put(40, 1), { deviceId: id })
  await call('POST', `/api/labels/batches/${made.id}/printed`, { device: 'DESK' })
  assert.equal(await claim(key, 'H-01'), null)
})

test('a batch whose job was given up or cancelled goes on when a person says so, each label once', async () => {
  const made = await queued(put(100, 60))
  await assert.rejects(
    runBatch(rig.deps, BigInt(String(made.id)), async (done) => {
      if (done > 0) throw new Error('killed')
    }),
  )
  const busy = await call('POST', `/api/labels/batches/${made.id}/retry`, {})
  assert.equal(busy.body.code, 'labels.batch_busy_conflict')
  await server.sql`update job set state = 'cancelled' where id = ${BigInt(String(made.jobId))}`
  await watchPrinting(rig.deps, alarms)
  assert.deepEqual((await batch(made.id)).state, 'failed')
  const again = await call('POST', `/api/labels/batches/${made.id}/retry`, {})
  assert.deepEqual([again.status, again.body.labels], [200, 10])
  await draw(made.id)
  const whole = await batch(made.id)
  assert.deepEqual([whole.state, whole.rendered, whole.pages], ['ready', 60, 60])
})

test('a carrier label that no program can read keeps out itself and no other', async () => {
  const waybills = put(200, 3)
  const carrier = await PDFDocument.create()
  carrier.addPage([283, 425])
  const bytes = await carrier.save({ useObjectStreams: false })
  const text = Buffer.from(bytes).toString('latin1')
  const broken = Buffer.from(text.replace('/Type /Page\n', '/Type /Nope\n'), 'latin1')
  const locked = await PDFDocument.create()
  locked.addPage([283, 425])
  locked.encrypt({ userPassword: 'secret', ownerPassword: 'o' })
  rig.sources.set(200n, madeSource(200, { document: { kind: 'pdf', bytes: broken.subarray(0, 300) } }))
  rig.sources.set(201n, madeSource(201, { document: { kind: 'pdf', bytes: await locked.save() } }))
  const made = await drawn(waybills)
  const seen = await batch(made.id)
  assert.deepEqual([seen.state, seen.rendered, seen.failed], ['ready', 1, 2])
  const { items } = (await call('GET', `/api/labels/batches/${made.id}/items?state=failed`)).body
  assert.deepEqual(
    (items as Any[]).map((one) => one.code),
    ['labels.document_broken', 'labels.document_broken'],
  )
})

test('a document for a print component is not queued for a printer that has none', async () => {
  const { id } = await printer('T-01')
  const waybills = put(300, 1)
  const document = { kind: 'sealed', component: 'cainiao', document: { a: 1 } } as const
  rig.sources.set(300n, madeSource(300, { document }))
  const ask = { waybillIds: waybills, size: '76x130', deviceId: id }
  const refused = await call('POST', '/api/labels/batches', ask)
  assert.deepEqual([refused.status, refused.body.code], [422, 'labels.device_takes_not'])
})
