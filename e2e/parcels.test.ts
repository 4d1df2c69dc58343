import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { seededRandom } from '#kernel/random.ts'
import { type CarrierBook, carrierBook } from '#sim/carriers/book.ts'
import { connectPlatform } from '#sim/demo.ts'
import { NO_FAULTS, type SimChannel, type SimPlatform } from '#sim/platform.ts'
import { type SfPlatform, simSf } from '#sim/platforms/sf.ts'
import { simShopify } from '#sim/platforms/shopify.ts'
import { until } from '#test-support/hub.ts'
import { type ConsoleUnderTest, openConsole, seriousFindings, signIn } from './console.ts'

// From paid to delivered, as the people of a warehouse and the buyer see it: the number, the paper, the scans, and what a carrier refuses.

const SKUS = ['CUP-BLUE', 'LID-CORK', 'TRAY-OAK', 'FILTER-100']
const PHONE_TAIL = '0100'
/** A day of a parcel's life goes by in two seconds, once it is let go. */
const PACE = 43_200

type Waybill = {
  readonly id: string
  readonly orderId: string
  readonly state: string
  readonly trackingNo: string | null
  readonly accountName: string | null
  readonly words: { readonly zh: string }
}

let ui: ConsoleUnderTest
let shop: SimChannel
let book: CarrierBook
let platforms: readonly SimPlatform[] = []
let printerKey = ''

before(async () => {
  ui = await openConsole({ empty: true })
  const { hub } = ui.running
  const { clock } = hub.core
  const deps = { clock, random: seededRandom(5), faults: NO_FAULTS }
  book = carrierBook({ clock, random: seededRandom(6), pace: PACE })
  shop = await simShopify(deps)
  const otherBook = carrierBook({ clock, random: seededRandom(7), firstSerial: 70_000 })
  const [sf, other] = await Promise.all([simSf(deps, { book }), simSf(deps, { book: otherBook })])
  platforms = [shop, sf, other]
  // None goes astray.
  book.desk('sf')?.setShares({})
  await connectPlatform(hub, shop, 'shop', '杯子店')
  await connectPlatform(hub, sf, 'sf', '顺丰')
  await connectPlatform(hub, other, 'other', '顺丰备用')
  await openWarehouse()
  await openAccount('sf', '顺丰月结', 10, sf)
  await openAccount('other', '顺丰备用月结', 20, other)
  const printer = await demand<{ key: string }>('POST', '/api/print/devices', {
    code: 'P-01',
    name: '一号打印机',
    warehouse: 'SH',
    takes: ['pdf'],
  })
  printerKey = printer.key
  await signIn(ui)
})
after(async () => {
  await Promise.allSettled(platforms.map((platform) => platform.close()))
  await ui.close()
})

async function demand<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await ui.running.call(method, path, body)
  assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
  return answer.body as T
}

async function openWarehouse(): Promise<void> {
  await demand('POST', '/api/warehouses', { code: 'SH', name: '上海仓', province: '上海', city: '上海市' })
  for (const sku of SKUS)
    await demand('PUT', '/api/skus/mapping', { connectionId: '*', shopSku: sku, stockSku: sku })
  const counted = await ui.running.hub.core.stock.ask({
    do: 'adjust',
    key: null,
    changes: SKUS.map((sku) => ({ sku, warehouse: 'SH', setPhysical: 500 })),
    cause: 'count',
    actor: 'test',
    evidence: null,
  })
  assert.ok(counted.ok)
  await demand('PUT', '/api/ship-from/SH', {
    name: '发货组',
    phone: '02155550100',
    company: '杯子店',
    country: 'CN',
    province: '上海市',
    city: '上海市',
    district: '青浦区',
    address: '物流园 8 号库',
    postalCode: '',
  })
}

async function openAccount(
  connectionId: string,
  name: string,
  priority: number,
  { account }: Pick<SfPlatform, 'account'>,
): Promise<void> {
  await demand('POST', '/api/carrier-accounts', {
    connectionId,
    carrier: 'SF',
    name,
    service: null,
    settings: account ?? {},
    warehouses: ['SH'],
    priority,
    mode: 'auto',
    active: true,
  })
}

async function paid(): Promise<string> {
  const { orderNo } = await shop.place()
  await shop.pay(orderNo)
  return orderNo
}

async function waybillOf(orderNo: string): Promise<Waybill | null> {
  const { items } = await demand<{ items: readonly Waybill[] }>('GET', `/api/waybills?q=${orderNo}`)
  return items[0] ?? null
}

async function inState(orderNo: string, state: string): Promise<Waybill> {
  await until(
    async () => (await waybillOf(orderNo))?.state === state,
    async () => `no waybill is ${state}: ${JSON.stringify(await waybillOf(orderNo))}`,
    30,
  )
  const row = await waybillOf(orderNo)
  assert.ok(row !== null)
  return row
}

/** The printer's own program: claims with its key, fetches the document, says that it is on paper. */
async function printNext(): Promise<string> {
  const { url } = ui.running.hub
  const headers = { authorization: `Bearer ${printerKey}`, 'content-type': 'application/json' }
  const ask = async (path: string, body: object) =>
    (await (
      await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    ).json()) as {
      readonly task?: { id: string; batchNo: string; lease: string; document: string } | null
      readonly state?: string
    }
  let task: Awaited<ReturnType<typeof ask>>['task'] = null
  await until(
    async () => {
      task = (await ask('/api/print/claim', { device: 'P-01' })).task ?? null
      return task !== null
    },
    () => 'nothing to print',
  )
  assert.ok(task !== null)
  const { id, batchNo, lease, document } = task as {
    id: string
    batchNo: string
    lease: string
    document: string
  }
  const page = await fetch(`${url}${document}`, { headers })
  assert.equal(
    Buffer.from(await page.arrayBuffer())
      .subarray(0, 5)
      .toString(),
    '%PDF-',
  )
  assert.equal((await ask(`/api/print/tasks/${id}/ack`, { lease, outcome: 'printed' })).state, 'printed')
  return batchNo
}

test('a paid order gets its number, its label is printed and acknowledged, it travels, and the buyer sees it delivered', async () => {
  const { page } = ui
  const orderNo = await paid()
  const { trackingNo, orderId, id } = await inState(orderNo, 'issued')
  assert.ok(trackingNo !== null)

  await page.goto(`/waybills?open=${id}`)
  const drawer = page.locator('.hf-drawer')
  await drawer.getByText('已取号').first().waitFor()
  await drawer.getByRole('link', { name: '去打印' }).click()
  await page.waitForURL(/\/labels\?q=/)
  const row = page.locator('.ant-table-row', { hasText: trackingNo })
  await row.getByRole('checkbox').check()
  await page
    .getByRole('button', { name: /打\s?印/ })
    .last()
    .click()
  const dialog = page.getByRole('dialog', { name: '打印 1 个运单' })
  await dialog.getByLabel('打印机').click()
  await page.getByTitle('一号打印机（P-01）').click()
  await dialog.getByRole('button', { name: /打\s?印/ }).click()
  await dialog.waitFor({ state: 'detached' })
  const batchNo = await printNext()
  await page.getByText(batchNo).first().waitFor()
  await page.locator('.ant-drawer').getByText('已打印').first().waitFor()

  // The paper is known to the order: which batch, which device.
  await page.goto(`/orders?order=${orderId}`)
  await drawer.getByText(batchNo).first().waitFor()
  await drawer.getByText('P-01').first().waitFor()

  await travels(trackingNo)
  await page.goto(`/parcels?open=${trackingNo}`)
  await drawer.getByText('已签收').first().waitFor()
  await drawer.getByText('签收', { exact: true }).first().waitFor()
  assert.deepEqual(await seriousFindings(page), [])

  await page.goto('/track')
  await page.getByLabel('订单号').fill(orderNo)
  await page.getByLabel('收件手机号后四位').fill(PHONE_TAIL)
  await page.getByRole('button', { name: /查\s?询/ }).click()
  await page.getByText(trackingNo).waitFor()
  await page.getByText('已签收').first().waitFor()
  assert.equal(await page.getByText('+1 202 555').count(), 0, 'what is the buyer’s is not shown')
  assert.deepEqual(ui.complaints, [])
})

/** Lets time go by for the carriers until the hub was told of the delivery. */
async function travels(trackingNo: string): Promise<void> {
  type Detail = { readonly parcel: { readonly state: string } }
  await until(
    async () => {
      book.pump()
      return (await demand<Detail>('GET', `/api/parcels/${trackingNo}`)).parcel.state === 'delivered'
    },
    async () => `not delivered: ${JSON.stringify(await demand('GET', `/api/parcels/${trackingNo}`))}`,
    30,
  )
}

test('what a carrier refuses says why, and is retried with another account from the screen', async () => {
  const { page } = ui
  book.desk('sf')?.refuseNext('goods_refused')
  const orderNo = await paid()
  const { id, words } = await inState(orderNo, 'review')
  assert.match(words.zh, /不收这种货/)

  await page.goto('/waybills')
  await page.getByRole('link', { name: /^待处理/ }).click()
  await page.getByText('承运商不收这种货', { exact: false }).first().waitFor()
  await page.locator('.ant-table-row', { hasText: orderNo }).click()
  await page.waitForURL(new RegExp(`open=${id}`))
  const drawer = page.locator('.hf-drawer')
  await drawer.getByRole('button', { name: /^重\s?试$/ }).click()
  const dialog = page.getByRole('dialog', { name: '重试' })
  await dialog.getByLabel('账号').click()
  await page.getByTitle('顺丰备用月结 · 顺丰速运').click()
  await dialog.getByRole('button', { name: /^重\s?试$/ }).click()
  await dialog.waitFor({ state: 'detached' })
  const made = await inState(orderNo, 'issued')
  assert.deepEqual([made.id, made.accountName], [id, '顺丰备用月结'])
  await drawer
    .getByText(made.trackingNo ?? '', { exact: true })
    .first()
    .waitFor()
  await drawer.getByText('顺丰备用月结').first().waitFor()
  assert.deepEqual(await seriousFindings(page), [])
  assert.deepEqual(ui.complaints, [])
})
