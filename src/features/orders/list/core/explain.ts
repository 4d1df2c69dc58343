import type { AfterSale, OrderStatus, ReportState } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'

/** A sentence in both languages of the console. */
export type Words = { readonly zh: string; readonly en: string }

export type ExplainInput = {
  readonly status: OrderStatus
  readonly afterSale: AfterSale
  readonly report: ReportState
  readonly channel: string
  readonly shipBy: Instant | null
  readonly unmatchedLines: number
  readonly parcels: number
  /** Open disagreements only. */
  readonly drift: readonly { readonly field: string; readonly cause: string }[]
  readonly intents: readonly {
    readonly effect: string
    readonly state: string
    readonly lastCode: string | null
  }[]
  /** Its fulfilment plan; null where it has none. */
  readonly plan: { readonly state: string; readonly words: Words } | null
  /** Waybills that the hub makes for it and that have no number yet. */
  readonly waybills: readonly { readonly state: string; readonly words: Words }[]
  readonly now: Instant
}

type Explanation = (order: ExplainInput) => readonly Words[]

/** Why an order stands in each status, what it waits for, and who can move it. A new status does not compile without. */
const BY_STATUS: Readonly<Record<OrderStatus, Explanation>> = {
  pending_payment: ({ channel }) => [
    words('订单已下,尚无付款事实。', 'The order was placed; no fact says that it was paid.'),
    words(
      `等待买家付款,由${channel}推送付款消息。`,
      `It waits for the buyer; ${channel} will tell of the payment.`,
    ),
  ],
  on_hold: ({ channel }) => [
    words(
      '已付款,但来源声明暂不可发(成团、风控或改址)。',
      'It is paid, but a source says that it must not be shipped yet (group buy, risk review or address change).',
    ),
    words(`等待${channel}解除暂停。`, `It waits for ${channel} to release it.`),
  ],
  awaiting_shipment: (order) => [
    words(
      '已付款可发货,尚无面单生成或发货事实。',
      'It is paid and free to ship; no fact says that a waybill was printed or the goods left.',
    ),
    ...shipmentWords(order),
    ...deadlineWords(order.shipBy, order.now),
  ],
  partially_shipped: ({ parcels, shipBy, now }) => [
    words(
      `已有 ${parcels} 个包裹发出,仍有商品未装入任何包裹。`,
      `${parcels} parcel(s) left; some items are in no parcel yet.`,
    ),
    words('等待仓库为其余商品打单。', 'It waits for the warehouse to print a waybill for the rest.'),
    ...deadlineWords(shipBy, now),
  ],
  shipped: () => [
    words(
      '面单已生成或货物已发出,承运商尚无揽收记录。',
      'A waybill was printed or the goods left; the carrier has not recorded a pick-up.',
    ),
    words('等待承运商揽收。', 'It waits for the carrier to pick it up.'),
  ],
  picked_up: () => [
    words('承运商已揽收。', 'The carrier has picked it up.'),
    words('等待承运商的下一次扫描。', "It waits for the carrier's next scan."),
  ],
  in_transit: () => [
    words('包裹在运输途中。', 'The parcel is on its way.'),
    words('等待承运商派送。', 'It waits for the carrier to deliver it.'),
  ],
  out_for_delivery: () => [
    words('正在派送或待取件。', 'It is out for delivery or ready for pick-up.'),
    words('等待收件人签收。', 'It waits for the recipient to sign.'),
  ],
  delivered: ({ channel }) => [
    words('承运商已确认签收。', 'The carrier says that it was delivered.'),
    words(
      `等待买家确认收货或${channel}自动完成交易。`,
      `It waits for the buyer or for ${channel} to complete the trade.`,
    ),
  ],
  completed: () => [words('交易已完成,无待办。', 'The trade is complete; nothing is owed.')],
  returning: () => [
    words('包裹正退回发件人。', 'The parcel is going back to the sender.'),
    words('等待仓库签收退件。', 'It waits for the warehouse to sign for it.'),
  ],
  returned: () => [words('包裹或商品已退回。', 'The parcel or the goods came back.')],
  refunded: () => [words('已全额退款。', 'It was refunded in full.')],
  cancelled: () => [words('订单已取消。', 'The order was cancelled.')],
}

/** Plans that stop before a waybill may be asked for. */
const STOPPED: ReadonlySet<string> = new Set(['held', 'review', 'unmatched', 'short'])

/** What its shipment waits for: the plan, the carrier, or the warehouse. */
function shipmentWords({ plan, waybills }: ExplainInput): readonly Words[] {
  if (plan !== null && STOPPED.has(plan.state))
    return [
      words(
        `履约计划停在：${plan.words.zh}。在下面的「履约计划」里处理。`,
        `Its fulfilment plan stops here: ${plan.words.en}. It is dealt with under "Fulfilment plan" below.`,
      ),
    ]
  const refused = waybills.find((one) => one.state === 'review')
  if (refused !== undefined)
    return [
      words(
        `电子面单没取到：${refused.words.zh}。到「电子面单 · 待处理」重试或换账号。`,
        `Its waybill could not be obtained: ${refused.words.en}. Retry it or take another account under Waybills, To do.`,
      ),
    ]
  if (waybills.length > 0) return [words('正在向承运商取号。', 'The carrier is being asked for its waybill.')]
  return [
    words(
      '等待仓库打单;面单生成后即进入已发货。',
      'It waits for the warehouse to print a waybill; that moves it to shipped.',
    ),
  ]
}

/** Why the order is where it is, sentence by sentence. Pure; the same order gives the same words. */
export function explainOrder(order: ExplainInput): readonly Words[] {
  return [
    ...BY_STATUS[order.status](order),
    ...reportWords(order),
    ...(order.afterSale === 'requested'
      ? [
          words(
            '买家申请了退款,等待客服处理。',
            'The buyer asked for a refund; customer service has to answer.',
          ),
        ]
      : []),
    ...(order.unmatchedLines > 0
      ? [
          words(
            `${order.unmatchedLines} 行商品没有对应的库存 SKU；到「商品匹配」页匹配一次即可。`,
            `${order.unmatchedLines} line(s) have no stock SKU; an operator can match them on the page "SKU matching".`,
          ),
        ]
      : []),
    ...order.drift.map(driftWords),
  ]
}

const REPORT_WORDS: Readonly<Record<ReportState, (order: ExplainInput) => readonly Words[]>> = {
  none: () => [],
  accepted: () => [],
  due: ({ channel, intents }) => [
    intents.some((intent) => intent.state === 'dead')
      ? words(
          `向${channel}回传发货多次失败,已停止;可在出站队列重试。`,
          `Reporting the shipment to ${channel} failed too often and was stopped; an operator can retry it in the outbox.`,
        )
      : words(
          `发货待回传${channel},由中枢自动完成。`,
          `The shipment is still to be reported to ${channel}; the hub does that by itself.`,
        ),
  ],
  refused: ({ channel, intents }) => {
    const code = intents.find((intent) => intent.state === 'refused')?.lastCode
    return [
      words(
        `${channel}拒绝了发货回传${code ? `(${code})` : ''};需运营核对后重试。`,
        `${channel} refused the shipment report${code ? ` (${code})` : ''}; an operator has to look at it and retry.`,
      ),
    ]
  },
  unknown: ({ channel }) => [
    words(
      `已向${channel}回传发货但未得到答复;中枢先查询再重试。`,
      `The shipment was reported to ${channel} without an answer; the hub asks first and retries after.`,
    ),
  ],
}

function reportWords(order: ExplainInput): readonly Words[] {
  return REPORT_WORDS[order.report](order)
}

function deadlineWords(shipBy: Instant | null, now: Instant): readonly Words[] {
  if (shipBy === null) return []
  const minutes = Math.trunc((shipBy.epochMilliseconds - now.epochMilliseconds) / 60_000)
  const [zh, en] = durationWords(Math.abs(minutes))
  return [
    minutes < 0
      ? words(`已超过承诺发货时间 ${zh}。`, `The promised ship-by passed ${en} ago.`)
      : words(`距承诺发货时间还有 ${zh}。`, `${en} are left until the promised ship-by.`),
  ]
}

function durationWords(minutes: number): readonly [string, string] {
  if (minutes < 120) return [`${minutes} 分钟`, `${minutes} minutes`]
  const hours = Math.trunc(minutes / 60)
  return hours < 72
    ? [`${hours} 小时`, `${hours} hours`]
    : [`${Math.trunc(hours / 24)} 天`, `${Math.trunc(hours / 24)} days`]
}

const CAUSES: Readonly<Record<string, Words>> = {
  report_missing: words('货已移动,渠道仍未获知发货', 'the goods moved, the channel was never told'),
  late_message: words('消息晚于货物移动', 'the message came after the goods had moved'),
  number_differs: words('运单号不一致', 'the tracking numbers differ'),
  carrier_differs: words('承运商不一致', 'the carriers differ'),
  time_zone: words(
    '时间相差整半小时,疑似时区丢失',
    'the times differ by whole half hours, so an offset was probably dropped',
  ),
  clock_or_entry: words('时间先后颠倒', 'the times run backwards'),
  waybill_stands: words(
    '订单已结束,已打印的面单未作废;请仓库拦下包裹并作废面单',
    'the order has ended and a printed waybill was not voided; the warehouse has to stop the parcel and void it',
  ),
  number_shared: words(
    '两个店铺有相同订单号,有面单或物流引用了它;请在对应店铺后台录入运单号,或让仓库带店铺前缀重发',
    "two shops have this order number and somebody quoted it; enter the tracking number in the right shop, or have the warehouse send it with the shop's prefix",
  ),
  cancelled_too_late: words('取消后货物仍在移动', 'the goods moved after the cancellation'),
  went_back_or_revoked: words('签收后退回或撤销', 'it went back or the delivery was revoked after it'),
}

function driftWords({ field, cause }: { field: string; cause: string }): Words {
  const known = CAUSES[cause] ?? words(cause, cause)
  return words(`来源不一致(${field}):${known.zh}。`, `Sources disagree about ${field}: ${known.en}.`)
}

function words(zh: string, en: string): Words {
  return { zh, en }
}
