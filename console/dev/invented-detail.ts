import { ago, CONNECTIONS, type Json } from './invented-orders.ts'

type Row = Json & {
  id: string
  orderNo: string
  status: string
  connection: Json & { name: string }
  trackingNos: string[]
  placedAt: string
  paidAt: string | null
  shippedAt: string | null
  deliveredAt: string | null
  driftCount: number
  report: string
  lines: { lineId: string; quantity: number }[]
  updatedAt: string
}
const SF = CONNECTIONS[5]

function explicit(instant: string | null) {
  return { raw: instant ?? '', instant, zone: null, provenance: 'explicit_offset' }
}
function zoned(instant: string | null) {
  return {
    raw: instant?.slice(0, 19).replace('T', ' ') ?? '',
    instant,
    zone: 'Asia/Shanghai',
    provenance: 'carrier_zone',
  }
}

export function detailOf(row: Row): Json {
  return {
    ...row,
    recipient: '王** 138****6021 浙江省 杭州市 西湖区 ***',
    notes: { buyer: row['buyerNote'] ?? '', seller: row['sellerNote'] ?? '', flag: null },
    parcels: row.trackingNos.map((trackingNo, n) => ({
      trackingNo,
      carrier: 'SF',
      carrierName: '顺丰速运',
      status: row.status === 'shipped' ? 'issued' : row.deliveredAt ? 'delivered' : 'in_transit',
      trouble: false,
      waybillId: `W${trackingNo.slice(4)}`,
      batchNo: `PB20260125-0${n + 1}7`,
      deviceId: `PRN-HZ-0${n + 3}`,
      issuedAt: row.shippedAt,
      dispatchedAt: row.status === 'shipped' ? null : row.shippedAt,
      pickedUpAt: row.status === 'shipped' ? null : row.shippedAt,
      deliveredAt: row.deliveredAt,
      lines: row.trackingNos.length > 1 ? [{ lineId: row.lines[n]?.lineId ?? 'L1', quantity: 1 }] : [],
      facts: 4,
    })),
    timeline: timelineOf(row),
    drift: row.driftCount > 0 ? [driftOf(row)] : [],
    intents: row.trackingNos.map((_, n) => ({
      id: `i${row.id}${n}`,
      effect: 'report_shipment',
      state: { accepted: 'done', refused: 'refused', unknown: 'unknown', due: 'pending', none: 'pending' }[
        row.report
      ],
      attempts: row.report === 'due' ? 0 : 1,
      lastCode: row.report === 'refused' ? 'pinduoduo.50001' : null,
      lastDetail: row.report === 'refused' ? '物流公司编码与运单号不匹配' : null,
      updatedAt: row.updatedAt,
    })),
    explain: explainOf(row),
  }
}

function explainOf(row: Row): Json[] {
  if (row.status === 'awaiting_shipment')
    return [
      {
        zh: '店铺说买家已付款，还没有收到面单生成的消息，所以是待发货。',
        en: 'The shop says it is paid; no waybill message has come, so it is to be shipped.',
      },
      {
        zh: '在等仓库打印面单；面单消息一到就会变为已发货并向店铺回传。',
        en: 'Waits for the warehouse to print a waybill; then it turns shipped and the shop is told.',
      },
      {
        zh: '可推动者：仓库（打印面单），或店铺后台直接发货。',
        en: 'Who can move it: the warehouse (print), or the shop by shipping there.',
      },
    ]
  return [
    {
      zh: `最近的事实决定了现在的状态；共有 ${row.trackingNos.length} 个包裹。`,
      en: `The latest facts decide; it has ${row.trackingNos.length} parcel(s).`,
    },
    { zh: '在等承运商的下一条轨迹。', en: 'Waits for the next scan of the carrier.' },
  ]
}

function timelineOf(row: Row): Json[] {
  const fact = (
    kind: string,
    at: Json,
    source: Json | undefined,
    code: string,
    detail: Json,
    subject: string,
  ) => ({
    id: `${row.id}-${kind}-${subject}`,
    kind,
    subject,
    at,
    receivedAt: (at['instant'] as string | null) ?? row.updatedAt,
    source,
    code,
    detail,
    messageId: `m${row.id}${kind}`,
  })
  const shop = row.connection
  const order = `order:${shop['id']}:${row.orderNo}`
  const out = [fact('placed', explicit(row.placedAt), shop, 'order_status:0', {}, order)]
  if (row.paidAt) out.push(fact('paid', explicit(row.paidAt), shop, 'order_status:1', {}, order))
  for (const [n, trackingNo] of row.trackingNos.entries()) {
    const parcel = `parcel:${trackingNo}`
    out.push(
      fact(
        'waybill_issued',
        zoned(row.shippedAt),
        SF,
        'waybill',
        {
          trackingNo,
          carrier: 'SF',
          waybillId: `W${trackingNo.slice(4)}`,
          batchNo: `PB20260125-0${n + 1}7`,
          deviceId: `PRN-HZ-0${n + 3}`,
        },
        parcel,
      ),
      fact(
        'shipment_reported',
        explicit(row.shippedAt),
        shop,
        'report',
        {
          trackingNo,
          outcome: row.report === 'none' ? 'accepted' : row.report === 'due' ? 'unknown' : row.report,
        },
        order,
      ),
    )
    if (row.status !== 'shipped') {
      out.push(
        fact(
          'picked_up',
          zoned(row.shippedAt),
          SF,
          'opCode:50',
          { trackingNo, place: '杭州市', words: '顺丰速运 已收取快件' },
          parcel,
        ),
        fact(
          'in_transit',
          { raw: '2026-10-25 01:30:00', instant: null, zone: 'Europe/Berlin', provenance: 'ambiguous' },
          SF,
          'opCode:30',
          { trackingNo, place: 'Leipzig Hub', words: '快件到达 莱比锡转运中心' },
          parcel,
        ),
      )
    }
    if (row.deliveredAt)
      out.push(
        fact(
          'delivered',
          zoned(row.deliveredAt),
          SF,
          'opCode:80',
          { trackingNo, words: '已签收，签收人：前台' },
          parcel,
        ),
      )
  }
  return out
}

export function driftOf(row: Row): Json {
  const fields = [
    ['shipped', 'report_missing'],
    ['tracking_no', 'number_differs'],
    ['times', 'time_zone'],
    ['shipped', 'late_message'],
    ['cancelled_shipped', 'cancelled_too_late'],
    ['times', 'clock_or_entry'],
  ] as const
  const [field, cause] = fields[Number(row.id) % fields.length] ?? fields[0]
  return {
    field,
    cause,
    since: row.shippedAt ?? row.paidAt ?? row.placedAt,
    until: Number(row.id) % 5 === 0 ? row.updatedAt : null,
    claims: [
      { source: row.connection.name, says: 'paid', at: row.paidAt },
      { source: '顺丰月结 7550…', says: 'picked_up', at: row.shippedAt },
    ],
  }
}

export function messageOf(id: string): Json {
  return {
    id,
    receivedAt: ago(5000),
    connection: { id: 'c6', kind: 'sf', name: '顺丰月结 7550…' },
    transport: 'http',
    topic: 'route_push',
    orderNo: null,
    verdict: 'accepted',
    refusalCode: null,
    state: 'interpreted',
    parkCode: null,
    parkDetail: null,
    responseStatus: 200,
    latencyMs: 3.2,
    bytes: 412,
    headers: {
      'content-type': 'application/json;charset=utf-8',
      'user-agent': 'SF-Push/2.1',
      'x-request-id': 'b7f20c51',
    },
    body: '{"Body":{"WaybillRoute":[{"mailno":"SF7444400031887","acceptAddress":"杭州市","reasonName":"","orderid":"202003225d33322239ddW1df5t3","acceptTime":"2026-01-25 09:07:33","remark":"顺丰速运 已收取快件","opCode":"50","id":"158918741444476","reasonCode":""}]}}',
    encoding: 'utf8',
    responseBody: '{"return_code":"0000","return_msg":"成功"}',
    subjects: ['parcel:SF7444400031887'],
    facts: [
      {
        id: 'f1',
        kind: 'picked_up',
        subject: 'parcel:SF7444400031887',
        at: ago(5000),
        raw: '2026-01-25 09:07:33',
      },
    ],
  }
}

export const RECIPIENT: Json = {
  name: '王小岚',
  phone: '13800006021',
  country: '中国',
  province: '浙江省',
  city: '杭州市',
  district: '西湖区',
  address: '文三路 88 号 1502 室',
  postalCode: '310012',
  ciphertext: false,
}
