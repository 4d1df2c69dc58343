import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reviewSweep } from '#features/review/index.ts'
import {
  as,
  ask,
  clock,
  codeOf,
  dispatch,
  duplicatesOf,
  hear,
  type Json,
  order,
  partner,
  says,
  scan,
  server,
  stopOf,
  sweep,
  told,
} from '#test-support/reship-world.ts'
import { reshipmentReviewRules } from './index.ts'

test('LG4: a delivered parcel is sent again only when another person says so, never by whoever asked', async () => {
  const id = await order('R1', { a: 1 }, { T1: { a: 1 } })
  await scan('T1', ['picked', 60], ['signed', 120])
  const asked = await as('ann', 'POST', '/api/reshipments', ask(id, { trackingNos: ['T1'] }))
  assert.equal(asked.status, 200, JSON.stringify(asked.body))
  assert.equal(asked.body.state, 'waiting')
  assert.equal(asked.body.isMine, true)
  const url = `/api/reshipments/${asked.body.id}/decide`
  const self = await as('ann', 'POST', url, { decision: 'approve', words: '我自己批' })
  assert.equal(`${self.status} ${codeOf(self)}`, '403 reshipments.same_person_forbidden')
  const admin = await server.call('POST', `${url}`, { decision: 'approve', words: '' })
  assert.equal(admin.status, 400, 'a decision has a reason')
  const twice = await as('ben', 'POST', '/api/reshipments', ask(id))
  assert.equal(codeOf(twice), 'reshipments.asked_exists')
  const approved = await as('ben', 'POST', url, { decision: 'approve', words: '核实丢件' })
  assert.equal(approved.body.state, 'sent')
  assert.equal(approved.body.parcelNo, `R${asked.body.id}`)
  const again = await as('cyd', 'POST', url, { decision: 'reject', words: '太晚了' })
  assert.equal(`${again.status} ${codeOf(again)}`, '409 reshipments.decided_conflict')
  const [row] = await server.sql<{ state: string; code: string; orders: unknown }>`
    select state, code, orders from waybill where parcel_no = ${`R${asked.body.id}`}`
  assert.equal(`${row?.state} ${row?.code}`, 'review waybills.reship_account')
  const detail = await as('ben', 'GET', `/api/reshipments/${asked.body.id}`)
  assert.deepEqual(
    (detail.body.events as { what: string }[]).map(({ what }) => what),
    ['sent', 'approved', 'asked'],
  )
  const audited = await server.sql<{ action: string }>`
    select action from audit_entry where subject = ${`reshipment ${asked.body.id}`} order by id`
  assert.deepEqual(
    audited.map(({ action }) => action),
    ['reshipments.asked', 'reshipments.approved'],
  )
})

test('a proof grants at once, falls with a later delivery, and a person can still decide', async () => {
  const id = await order('R2', { a: 1 }, { T2: { a: 1 } })
  await scan('T2', ['picked', 60], ['back', 200])
  says.send = { ok: false, refusal: { code: 'waybills.test', detail: 'not now' } }
  const asked = await as('ann', 'POST', '/api/reshipments', ask(id, { trackingNos: ['T2'] }))
  assert.equal(asked.body.state, 'proven')
  assert.deepEqual(asked.body.trouble, { code: 'waybills.test', detail: 'not now' })
  assert.equal((asked.body.proof as Json[])[0]?.kind, 'signed_back')
  await scan('T2', ['signed', 300])
  await sweep()
  const url = `/api/reshipments/${asked.body.id}`
  const fell = await as('ann', 'GET', url)
  assert.equal((fell.body.reshipment as Json).state, 'waiting', 'it reached the buyer after all')
  assert.deepEqual(fell.body.proofs, [])
  await scan('T2', ['revoked', 400])
  await sweep()
  assert.equal(((await as('ann', 'GET', url)).body.reshipment as Json).state, 'proven')
  says.send = null
  await sweep()
  assert.equal(((await as('ann', 'GET', url)).body.reshipment as Json).state, 'sent')
  const late = await as('ann', 'POST', `${url}/withdraw`, { words: '不补了' })
  assert.equal(codeOf(late), 'reshipments.decided_conflict')
})

test('what was given up under a re-ship makes no room for another parcel', async () => {
  const id = await order('R3', { a: 1 }, { T3: { a: 1 } })
  await scan('T3', ['picked', 60], ['back', 200])
  const asked = await as('ann', 'POST', '/api/reshipments', ask(id, { trackingNos: ['T3'] }))
  assert.equal(asked.body.state, 'sent')
  await server.sql`update waybill set state = 'void' where parcel_no = ${`R${asked.body.id}`}`
  await sweep()
  const now = await as('ann', 'GET', `/api/reshipments/${asked.body.id}`)
  assert.equal((now.body.reshipment as Json).state, 'withdrawn')
})

test('nonsense is refused by name', async () => {
  const id = await order('R4', { a: 2 }, { T4: { a: 2 } })
  const codes: string[] = []
  for (const payload of [
    ask('999999999'),
    ask(id, { pieces: [{ lineId: 'a', quantity: 3 }] }),
    ask(id, { pieces: [{ lineId: 'zz', quantity: 1 }] }),
    ask(id, { trackingNos: ['NOPE'] }),
  ])
    codes.push(codeOf(await as('ann', 'POST', '/api/reshipments', payload)))
  assert.deepEqual(codes, [
    'reshipments.order_not_found',
    'reshipments.pieces_invalid',
    'reshipments.pieces_invalid',
    'reshipments.parcel_not_found',
  ])
  assert.equal((await as('ann', 'POST', '/api/reshipments', ask(id, { words: '  ' }))).status, 400)
  assert.equal(codeOf(await as('ann', 'GET', '/api/reshipments/99999')), 'reshipments.not_found')
  const mine = await as('ann', 'POST', '/api/reshipments', ask(id, { trackingNos: ['T4'] }))
  const other = await as('ben', 'POST', `/api/reshipments/${mine.body.id}/withdraw`, { words: '不要了' })
  assert.equal(`${other.status} ${codeOf(other)}`, '403 reshipments.not_yours_forbidden')
  const own = await as('ann', 'POST', `/api/reshipments/${mine.body.id}/withdraw`, { words: '不要了' })
  assert.equal(own.body.state, 'withdrawn')
  const cases = await as('ann', 'GET', '/api/reshipments/cases?orderNo=R4')
  const [one] = cases.body.items as { lines: Json[]; parcels: Json[]; proofs: Json[] }[]
  assert.deepEqual(one?.lines, [{ lineId: 'a', title: 'item a', sku: 'SKU-a', quantity: 2 }])
  assert.equal(one?.parcels[0]?.trackingNo, 'T4')
})

test('a dispute is proof only once another person upheld it', async () => {
  const id = await order('D1', { a: 1 }, { TD1: { a: 1 } })
  await scan('TD1', ['signed', 100])
  const dispute = { orderId: id, trackingNo: 'TD1', words: '门口没有包裹' }
  const opened = await as('ann', 'POST', '/api/reshipments/disputes', dispute)
  assert.equal(opened.body.state, 'open')
  const twice = await as('ben', 'POST', '/api/reshipments/disputes', dispute)
  assert.equal(codeOf(twice), 'disputes.open_exists')
  const asked = await as('ann', 'POST', '/api/reshipments', ask(id, { trackingNos: ['TD1'] }))
  assert.equal(asked.body.state, 'waiting')
  const url = `/api/reshipments/disputes/${opened.body.id}/decide`
  const self = await as('ann', 'POST', url, { decision: 'uphold', words: '我确认' })
  assert.equal(`${self.status} ${codeOf(self)}`, '403 disputes.same_person_forbidden')
  const upheld = await as('ben', 'POST', url, { decision: 'uphold', words: '签收凭证不符' })
  assert.equal(upheld.body.state, 'upheld')
  await sweep()
  const now = await as('ann', 'GET', `/api/reshipments/${asked.body.id}`)
  assert.equal((now.body.reshipment as Json).state, 'sent')
  assert.equal((now.body.reshipment as { proof: Json[] }).proof[0]?.kind, 'dispute_upheld')
})

test('LG5: a duplicate on its way is found, stopped through the partner warehouse, and gone once it is back', async () => {
  const id = await order('X1', { a: 1 }, { X1A: { a: 1 }, X1B: { a: 1 } })
  await scan('X1A', ['moved', 60])
  await scan('X1B', ['moved', 90])
  await sweep()
  const [found] = await duplicatesOf('X1')
  assert.deepEqual([found?.state, found?.stopNo, found?.trackingNos], ['open', 'X1B', ['X1A', 'X1B']])
  assert.equal(told.get('reshipments.duplicate')?.length, 1)
  const ways = await as('ann', 'GET', `/api/intercepts/ways?order=${id}&trackingNo=X1B`)
  assert.deepEqual(
    (ways.body.items as { connectionId: string; via: string }[]).map(
      (way) => `${way.connectionId} ${way.via}`,
    ),
    ['carrier carrier', 'partner partner'],
  )
  says.verdict = 'accepted'
  const stop = { orderId: id, trackingNo: 'X1B', connectionId: 'partner', reason: '重复发货' }
  const asked = await as('ann', 'POST', '/api/intercepts', stop)
  assert.equal(`${asked.body.state} ${asked.body.via}`, 'wanted partner')
  assert.equal(codeOf(await as('ben', 'POST', '/api/intercepts', stop)), 'intercepts.asked_exists')
  await dispatch()
  assert.equal((await stopOf(asked.body.id)).state, 'accepted')
  const [instruction] = partner.instructions()
  assert.deepEqual(
    [instruction?.trackingNo, instruction?.carrier, instruction?.reason],
    ['X1B', 'ZTO', '重复发货'],
  )
  await hear(() => partner.report(instruction?.requestId ?? '', 'returning'))
  assert.equal((await stopOf(asked.body.id)).state, 'returning')
  await hear(() => partner.report(instruction?.requestId ?? '', 'back'))
  assert.equal((await stopOf(asked.body.id)).state, 'back')
  await sweep()
  assert.equal((await duplicatesOf('X1'))[0]?.state, 'gone')
  const facts = await server.sql<{
    kind: string
  }>`select kind from fact where subject = 'parcel:X1B' and source = 'partner' order by kind`
  assert.deepEqual(
    facts.map(({ kind }) => kind),
    ['returning', 'signed_back'],
  )
})

test('RS5: a duplicate is found although a process whose clock was hours ahead changed another order before', async () => {
  await order('X8', { a: 2 }, { X8A: { a: 1 }, X8B: { a: 1 } })
  await server.sql`update sales_order set updated_at = updated_at + interval '4 hours' where order_no = 'X8'`
  await sweep()
  assert.deepEqual(await duplicatesOf('X8'), [], 'all of it in two parcels')
  await order('X9', { a: 1 }, { X9A: { a: 1 }, X9B: { a: 1 } })
  await sweep()
  assert.deepEqual(
    (await duplicatesOf('X9')).map(({ state }) => state),
    ['open'],
  )
})

test('a no of the partner that comes later by its report ends the intercept as one', async () => {
  const id = await order('X2', { a: 1 }, { X2A: { a: 1 }, X2B: { a: 1 } })
  await scan('X2B', ['moved', 90])
  await scan('X2A', ['moved', 80])
  await sweep()
  const asked = await as('ann', 'POST', '/api/intercepts', {
    orderId: id,
    trackingNo: 'X2B',
    connectionId: 'partner',
    reason: '重复发货',
  })
  await dispatch()
  const own = partner.instructions().find((one) => one.trackingNo === 'X2B')
  await hear(() => partner.report(own?.requestId ?? '', 'too_late', '已交末端派送'))
  const ended = await stopOf(asked.body.id)
  assert.deepEqual([ended.state, ended.code, ended.detail], ['too_late', 'carrier.too_late', '已交末端派送'])
  assert.equal(told.get('reshipments.intercept_failed')?.length, 1)
  // It was asked once more, of the carrier this time, and that works.
  says.carrier = () => ({ outcome: 'accepted', words: '已受理' })
  const second = await as('ann', 'POST', '/api/intercepts', {
    orderId: id,
    trackingNo: 'X2B',
    reason: '再拦一次',
  })
  assert.equal(`${second.body.via} ${second.body.connection}`, 'carrier carrier', 'the carrier stands first')
  await dispatch()
  await scan('X2B', ['turning', 200])
  await sweep()
  assert.equal((await stopOf(second.body.id)).state, 'returning')
})

test('refused, too late, delivered in spite of it: each is told apart', async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['X3', 'carrier.refused', 'refused'],
    ['X4', 'carrier.too_late', 'too_late'],
  ]
  for (const [no, code, state] of cases) {
    const id = await order(no, { a: 1 }, { [`${no}A`]: { a: 1 } })
    await scan(`${no}A`, ['moved', 60])
    says.carrier = () => ({ outcome: 'refused', refusal: { code, detail: `${no} 对方原话` } })
    const stop = { orderId: id, trackingNo: `${no}A`, connectionId: 'carrier', reason: '重复发货' }
    const asked = await as('ann', 'POST', '/api/intercepts', stop)
    await dispatch()
    const ended = await stopOf(asked.body.id)
    assert.deepEqual([ended.state, ended.code, ended.detail], [state, code, `${no} 对方原话`])
    await scan(`${no}A`, ['signed', 90])
    await sweep()
    assert.equal((await stopOf(asked.body.id)).state, 'delivered')
    assert.equal(codeOf(await as('ann', 'POST', '/api/intercepts', stop)), 'intercepts.parcel_ended_conflict')
  }
  const id = await order('X5', { a: 1 }, { X5A: { a: 1 } })
  const nowhere = { orderId: id, trackingNo: 'X5A', connectionId: 'shop', reason: '重复发货' }
  assert.equal(codeOf(await as('ann', 'POST', '/api/intercepts', nowhere)), 'intercepts.way_not_found')
  const stranger = { orderId: id, trackingNo: 'NOPE', reason: '重复发货' }
  assert.equal(codeOf(await as('ann', 'POST', '/api/intercepts', stranger)), 'reshipments.parcel_not_found')
  const wanted = await as('ann', 'POST', '/api/intercepts', { ...nowhere, connectionId: 'partner' })
  const before = partner.instructions().length
  const taken = await as('ann', 'POST', `/api/intercepts/${wanted.body.id}/withdraw`)
  assert.equal(taken.body.state, 'withdrawn')
  await dispatch()
  assert.equal(partner.instructions().length, before, 'nobody was asked')
})

test('an answer that was lost is asked for, and the instruction reached them once', async () => {
  const id = await order('X6', { a: 1 }, { X6A: { a: 1 }, X7A: { a: 1 } })
  await scan('X6A', ['moved', 60])
  await scan('X7A', ['moved', 60])
  for (const [no, lose] of [
    ['X6A', 'answers'],
    ['X7A', 'instructions'],
  ] as const) {
    if (lose === 'answers') partner.loseAnswers(1)
    else partner.loseInstructions(1)
    const stop = { orderId: id, trackingNo: no, connectionId: 'partner', reason: '重复发货' }
    const asked = await as('ann', 'POST', '/api/intercepts', stop)
    await dispatch()
    assert.equal((await stopOf(asked.body.id)).state, 'unknown', no)
    clock.advance({ minutes: 11 })
    await sweep()
    await dispatch()
    assert.equal((await stopOf(asked.body.id)).state, 'accepted', no)
    assert.equal(partner.instructions().filter((one) => one.trackingNo === no).length, 1)
  }
})

test('two parcels that are both meant are kept, and not asked about again until another one comes', async () => {
  await order('K1', { a: 1 }, { K1A: { a: 1 }, K1B: { a: 1 } })
  await scan('K1A', ['moved', 60])
  await scan('K1B', ['moved', 60])
  await sweep()
  const [found] = await duplicatesOf('K1')
  const url = `/api/reshipments/duplicates/${found?.id}/keep`
  assert.equal((await as('ann', 'POST', url, { words: '买家要两件' })).status, 200)
  assert.equal(codeOf(await as('ann', 'POST', url, { words: '买家要两件' })), 'reshipments.decided_conflict')
  await scan('K1A', ['moved', 70])
  await sweep()
  assert.deepEqual(
    (await duplicatesOf('K1')).map(({ state }) => state),
    ['kept'],
  )
  await order('K1', { a: 1 }, { K1C: { a: 1 } })
  await scan('K1C', ['moved', 80])
  await sweep()
  const states = (await duplicatesOf('K1')).map(({ state }) => state)
  assert.deepEqual(states, ['open', 'kept'])
  assert.equal(codeOf(await as('ann', 'POST', url, { words: '旧的那个' })), 'reshipments.decided_conflict')
  assert.deepEqual(
    (await duplicatesOf('K1')).map(({ state }) => state),
    ['open', 'kept'],
  )
})

test('what waits for a person stands in the workbench, and leaves it by itself', async () => {
  const id = await order('W1', { a: 1 }, { W1A: { a: 1 }, W1B: { a: 1 } })
  await scan('W1A', ['moved', 60])
  await scan('W1B', ['moved', 61])
  await sweep()
  const asked = await as('ann', 'POST', '/api/reshipments', ask(id, { trackingNos: ['W1A'] }))
  says.carrier = () => ({ outcome: 'refused', refusal: { code: 'carrier.refused', detail: '不支持' } })
  const stop = { orderId: id, trackingNo: 'W1B', connectionId: 'carrier', reason: '重复发货' }
  await as('ann', 'POST', '/api/intercepts', stop)
  await dispatch()
  const look = reviewSweep({
    db: server.sql,
    clock,
    rules: reshipmentReviewRules,
    alarms: { raise: async () => undefined, clear: async () => undefined, settle: async () => undefined },
    thresholds: { overdue: 1, flood: 1_000 },
    onError: (error) => assert.fail(String(error)),
  })
  const cases = async () =>
    (
      await server.sql<{ rule: string }>`
        select rule from review_case where order_id = ${BigInt(id)} and state not in ('resolved', 'dismissed') and resolved_at is null order by rule`
    ).map(({ rule }) => rule)
  clock.advance({ seconds: 30 })
  await look()
  assert.deepEqual(await cases(), ['duplicate_shipment', 'intercept_failed', 'reship_waiting'])
  clock.advance({ minutes: 40 })
  await sweep()
  assert.ok((told.get('reshipments.waiting') ?? []).length === 1, 'it waited longer than allowed')
  await as('ben', 'POST', `/api/reshipments/${asked.body.id}/decide`, {
    decision: 'reject',
    words: '在途，不补',
  })
  const [found] = await duplicatesOf('W1')
  await as('ann', 'POST', `/api/reshipments/duplicates/${found?.id}/keep`, { words: '买家都要' })
  clock.advance({ seconds: 30 })
  await look()
  assert.deepEqual(await cases(), [])
})

test('lists go by state, order and page, and only for those who may read', async () => {
  const first = await as('ann', 'GET', '/api/intercepts?limit=2')
  assert.equal((first.body.items as Json[]).length, 2)
  const second = await as('ann', 'GET', `/api/intercepts?limit=2&cursor=${first.body.next}`)
  assert.notEqual((second.body.items as Json[])[0]?.id, (first.body.items as Json[])[0]?.id)
  const kept = await as('ann', 'GET', '/api/reshipments?state=rejected')
  assert.ok((kept.body.items as Json[]).every(({ state }) => state === 'rejected'))
  const bad = await as('ann', 'GET', '/api/reshipments?cursor=%25%25')
  assert.equal(bad.status, 400)
  const headers = await server.asKey('orders:read')
  const no = await server.app.inject({ method: 'GET', url: '/api/reshipments', headers })
  assert.equal(no.statusCode, 403)
})
