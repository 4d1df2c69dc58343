import { carrierTitle } from '#domain/carrier.ts'
import type { Severity, Words } from '#domain/notice.ts'
import { type ReviewRule, ruleOfCondition } from '#features/review/index.ts'
import { fragment } from '#platform/postgres/fragment.ts'
import type { Finding } from '../core/states.ts'

type Card = Words & {
  readonly severity: Severity
  readonly dueMinutes: number
  readonly next: Words
  readonly says: Words
  readonly decision?: true
}

const CARDS: Readonly<Record<Finding, Card>> = {
  disputed: {
    zh: '签收有争议',
    en: 'Delivery disputed by the buyer',
    severity: 'critical',
    dueMinutes: 240,
    decision: true,
    next: {
      zh: '向承运商要签收凭证，再答复买家；核实前不补发',
      en: 'Get the proof of delivery, then answer the buyer; do not re-ship before',
    },
    says: {
      zh: '承运商说已签收，买家或后来的撤销说没有',
      en: 'Delivered says the carrier; the buyer or a revocation says no',
    },
  },
  customs: {
    zh: '卡在海关',
    en: 'Stuck at customs',
    severity: 'warning',
    dueMinutes: 480,
    next: {
      zh: '按原文补交清关资料，并告知买家会晚到',
      en: 'Hand in the papers asked for and tell the buyer',
    },
    says: { zh: '包裹在清关环节没有放行', en: 'The customs have not let it go' },
  },
  wrong_way: {
    zh: '走向不对',
    en: 'Goes the wrong way',
    severity: 'warning',
    dueMinutes: 240,
    next: {
      zh: '联系承运商改派，核对面单地址',
      en: "Have the carrier redirect it and check the label's address",
    },
    says: { zh: '到过目的省又离开，或承运商说错发', en: 'It left the province it goes to, or was missorted' },
  },
  delivery_failed: {
    zh: '多次派送失败',
    en: 'Delivery failed repeatedly',
    severity: 'warning',
    dueMinutes: 240,
    next: {
      zh: '联系买家确认电话、地址和时间，让网点重派',
      en: 'Confirm phone, address and time with the buyer',
    },
    says: {
      zh: '派送失败两次以上，不处理会被退回',
      en: 'It failed twice or more and will be returned if nobody acts',
    },
  },
  exception: {
    zh: '疑难件',
    en: 'Carrier reports trouble',
    severity: 'warning',
    dueMinutes: 480,
    next: { zh: '看承运商原文，按原因处理', en: "Read the carrier's words and act on the reason" },
    says: { zh: '承运商最近一次报告是异常', en: "The carrier's latest word is trouble" },
  },
  returning: {
    zh: '退回件',
    en: 'Coming back',
    severity: 'info',
    dueMinutes: 1_440,
    next: {
      zh: '问清退回原因，与买家约定重发或退款，通知仓库收货',
      en: 'Find out why, agree with the buyer, tell the warehouse',
    },
    says: {
      zh: '订单没有退款，包裹却在退回或已退回',
      en: 'The order was not refunded, and the parcel comes back',
    },
  },
  no_first_scan: {
    zh: '打单后无首扫',
    en: 'No first scan',
    severity: 'warning',
    dueMinutes: 240,
    next: {
      zh: '向仓库核对是否交接，向承运商核对是否揽收',
      en: 'Ask the warehouse and the carrier whether it was handed over',
    },
    says: { zh: '打单后超过时限，没有任何扫描', en: 'Printed longer ago than allowed, and not scanned' },
  },
  stalled: {
    zh: '物流停滞',
    en: 'Has not moved',
    severity: 'warning',
    dueMinutes: 480,
    next: {
      zh: '立即查询排除漏推，再向承运商催查',
      en: 'Ask now to rule out lost pushes, then press the carrier',
    },
    says: { zh: '超过时限没有新的扫描', en: 'No new scan for longer than allowed' },
  },
}

/** One kind of case for each finding; what a person answered on the parcel itself opens none. */
export const parcelReviewRules: readonly ReviewRule[] = (Object.keys(CARDS) as Finding[]).map((finding) => {
  const { zh, en, severity, dueMinutes, next, says, decision } = CARDS[finding]
  return ruleOfCondition({
    id: `parcel_${finding}`,
    zh,
    en,
    minutes: 0,
    dueMinutes,
    severity,
    next: { ...next, action: 'open_parcel' },
    ...(decision === undefined ? {} : { decision }),
    about: 'parcel',
    condition: ({ before, among }) => fragment`
      select p.id as key, p.order_ids[1] as order_id, p.shop_id as connection_id, p.finding_since as since, null::timestamptz as deadline,
        jsonb_build_object('trackingNo', p.tracking_no, 'carrier', p.carrier, 'warehouse', p.warehouse, 'state', p.state,
          'why', p.finding_why, 'orders', cardinality(p.order_ids)) as evidence
      from parcel_standing p
      where p.finding = ${finding} and p.finding_since <= ${before}
        and not (p.answered_finding is not distinct from p.finding and p.answered_since is not distinct from p.finding_since)
        and ${among(fragment`p.id`)}`,
    words: ({ evidence: { trackingNo, carrier } }) => ({
      zh: `${carrierTitle(carrier == null ? null : String(carrier))} ${trackingNo}：${says.zh}`,
      en: `${carrier ?? ''} ${trackingNo}: ${says.en}`.trim(),
    }),
  })
})
