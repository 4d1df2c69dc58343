import { type ReviewRule, ruleOfCondition } from '#features/review/index.ts'
import { fragment } from '#platform/postgres/fragment.ts'

const REVIEW_DAYS = 14

/** Somebody asked to send goods again; another person decides. */
const waiting = ruleOfCondition({
  id: 'reship_waiting',
  zh: '补发待审批',
  en: 'Re-ship to approve',
  minutes: 0,
  dueMinutes: 240,
  severity: 'warning',
  decision: true,
  next: {
    zh: '看轨迹和证据，批准或驳回；申请人自己不能批',
    en: 'Look at the parcel and its proofs, approve or reject; not by whoever asked',
    action: 'open_reshipments',
  },
  about: 'reshipment',
  condition: ({ before, among }) => fragment`
    select r.id as key, r.order_id, o.connection_id, r.asked_at as since, null::timestamptz as deadline,
      jsonb_build_object('tab', 'reships', 'reason', r.reason, 'askedBy', r.asked_by, 'trackingNo', r.tracking_nos[1]) as evidence
    from reshipment r join sales_order o on o.id = r.order_id
    where r.state = 'waiting' and r.asked_at <= ${before} and ${among(fragment`r.id`)}`,
  words: ({ evidence: { askedBy, trackingNo } }) => ({
    zh: `${askedBy} 申请补发${trackingNo == null ? '' : `，原包裹 ${trackingNo}`}，没有未送达的证据`,
    en: `${askedBy} asks to send again${trackingNo == null ? '' : `, parcel ${trackingNo}`}; nothing proves non-delivery`,
  }),
})

/** Two parcels with the same goods. */
const duplicate = ruleOfCondition({
  id: 'duplicate_shipment',
  zh: '重复发货',
  en: 'Sent twice',
  minutes: 0,
  dueMinutes: 60,
  severity: 'critical',
  decision: true,
  next: {
    zh: '拦下后发的那个，或说明两个都要',
    en: 'Stop the later one, or say that both are meant',
    action: 'open_reshipments',
  },
  about: 'duplicate',
  condition: ({ before, among }) => fragment`
    select d.id as key, d.order_id, o.connection_id, d.found_at as since, null::timestamptz as deadline,
      jsonb_build_object('tab', 'duplicates', 'trackingNo', d.stop_no, 'parcels', array_to_string(d.tracking_nos, ' ')) as evidence
    from duplicate_shipment d join sales_order o on o.id = d.order_id
    where d.state = 'open' and d.found_at <= ${before} and ${among(fragment`d.id`)}`,
  words: ({ evidence: { parcels } }) => ({
    zh: `包裹 ${parcels} 在送同样的商品`,
    en: `Parcels ${parcels} carry the same goods`,
  }),
})

/** A duplicate that nobody could stop. */
const failed = ruleOfCondition({
  id: 'intercept_failed',
  zh: '拦截失败',
  en: 'Intercept failed',
  minutes: 0,
  dueMinutes: 120,
  severity: 'critical',
  next: {
    zh: '看对方原话，换一条路再拦，或请买家拒收退回',
    en: 'Read the answer, ask another way, or have the buyer refuse it',
    action: 'open_reshipments',
  },
  about: 'intercept',
  condition: ({ before, among }) => fragment`
    select i.id as key, i.order_id, o.connection_id, coalesce(i.answered_at, i.updated_at) as since, null::timestamptz as deadline,
      jsonb_build_object('tab', 'intercepts', 'trackingNo', i.tracking_no, 'state', i.state, 'code', i.code) as evidence
    from intercept i join sales_order o on o.id = i.order_id
    where i.state in ('refused', 'too_late', 'unknown', 'delivered') and coalesce(i.answered_at, i.updated_at) <= ${before}
      and i.asked_at > now() - make_interval(days => ${REVIEW_DAYS})
      and exists (select from duplicate_shipment d where d.order_id = i.order_id and d.state = 'open')
      and not exists (
        select from intercept n where n.tracking_no = i.tracking_no and n.id > i.id and n.state not in ('withdrawn'))
      and ${among(fragment`i.id`)}`,
  words: ({ evidence: { trackingNo } }) => ({
    zh: `${trackingNo} 没有拦住，重复的包裹还在路上或已送到`,
    en: `${trackingNo} was not stopped while its duplicate stands`,
  }),
})

/** The buyer says that it did not arrive; another person decides what is proven. */
const disputed = ruleOfCondition({
  id: 'dispute_open',
  zh: '签收争议待核实',
  en: 'Dispute to decide',
  minutes: 0,
  dueMinutes: 480,
  severity: 'warning',
  decision: true,
  next: {
    zh: '向承运商要签收凭证，确认收没收到',
    en: 'Get the proof of delivery and decide whether it arrived',
    action: 'open_reshipments',
  },
  about: 'dispute',
  condition: ({ before, among }) => fragment`
    select d.id as key, d.order_id, o.connection_id, d.opened_at as since, null::timestamptz as deadline,
      jsonb_build_object('tab', 'disputes', 'trackingNo', d.tracking_no, 'openedBy', d.opened_by) as evidence
    from dispute d join sales_order o on o.id = d.order_id
    where d.state = 'open' and d.opened_at <= ${before} and ${among(fragment`d.id`)}`,
  words: ({ evidence: { trackingNo } }) => ({
    zh: `买家说没收到 ${trackingNo}`,
    en: `The buyer says that ${trackingNo} did not arrive`,
  }),
})

/** Troubles of re-ships that become rows of the workbench. */
export const reshipmentReviewRules: readonly ReviewRule[] = [waiting, duplicate, failed, disputed]
