import type { ReactNode } from 'react'
import { useWording, type WordFamily } from '#/i18n/language.tsx'
import type { Tone } from '#/theme/palette.ts'

/** A small label with enough contrast in both schemes. `dot` adds the mark that makes status columns scannable. */
export function Tag({
  tone,
  dot = false,
  title,
  children,
}: {
  readonly tone: Tone
  readonly dot?: boolean
  readonly title?: string
  readonly children: ReactNode
}) {
  return (
    <span className={`hf-tag hf-tag-${tone}`} title={title}>
      {dot ? <i className="hf-tag-dot" aria-hidden="true" /> : null}
      {children}
    </span>
  )
}

/** Tones say how much attention a state wants: waiting on us, moving by itself, well, in trouble, over. */
const TONES: Readonly<Record<string, Tone>> = {
  'status.pending_payment': 'neutral',
  'status.on_hold': 'bad',
  'status.awaiting_shipment': 'wait',
  'status.partially_shipped': 'wait',
  'status.shipped': 'move',
  'status.picked_up': 'move',
  'status.in_transit': 'move',
  'status.out_for_delivery': 'move',
  'status.delivered': 'good',
  'status.completed': 'good',
  'status.returning': 'bad',
  'status.returned': 'muted',
  'status.refunded': 'muted',
  'status.cancelled': 'muted',
  'stage.announced': 'neutral',
  'stage.issued': 'wait',
  'stage.dispatched': 'move',
  'stage.picked_up': 'move',
  'stage.in_transit': 'move',
  'stage.out_for_delivery': 'move',
  'stage.delivered': 'good',
  'stage.returning': 'bad',
  'stage.signed_back': 'muted',
  'stage.void': 'muted',
  'afterSale.requested': 'wait',
  'afterSale.part_refunded': 'neutral',
  'afterSale.refunded': 'muted',
  'afterSale.closed': 'muted',
  'report.due': 'wait',
  'report.accepted': 'good',
  'report.refused': 'bad',
  'report.unknown': 'wait',
  'intent.pending': 'neutral',
  'intent.sending': 'move',
  'intent.unknown': 'wait',
  'intent.done': 'good',
  'intent.refused': 'bad',
  'intent.moot': 'muted',
  'intent.dead': 'bad',
  'verdict.accepted': 'good',
  'verdict.duplicate': 'muted',
  'verdict.challenge': 'neutral',
  'verdict.rejected': 'bad',
  'messageState.pending': 'neutral',
  'messageState.parked': 'wait',
  'messageState.interpreted': 'good',
  'outcome.accepted': 'good',
  'outcome.refused': 'bad',
  'outcome.unknown': 'wait',
  'jobState.queued': 'neutral',
  'jobState.running': 'move',
  'jobState.done': 'good',
  'jobState.failed': 'bad',
  'jobState.cancelled': 'muted',
  'severity.critical': 'bad',
  'severity.warning': 'wait',
  'severity.info': 'neutral',
  'alarmState.open': 'wait',
  'alarmState.acknowledged': 'move',
  'alarmState.resolved': 'good',
  'delivery.queued': 'neutral',
  'delivery.delivered': 'good',
  'delivery.refused': 'bad',
  'delivery.failed': 'bad',
  'delivery.unknown': 'wait',
  'streamState.connecting': 'wait',
  'streamState.open': 'good',
  'streamState.closed': 'bad',
  'callbackVerdict.ok': 'good',
  'callbackVerdict.silent': 'bad',
  'callbackVerdict.all_rejected': 'bad',
  'callbackVerdict.signature_failures': 'bad',
  'callbackVerdict.unavailable': 'bad',
  'callbackVerdict.wrong_address': 'wait',
  'callbackVerdict.slow': 'wait',
  'callbackVerdict.paused': 'muted',
  'callbackVerdict.unwatched': 'muted',
  'tlsFault.expiring': 'wait',
  'tlsFault.expired': 'bad',
  'tlsFault.name': 'bad',
  'tlsFault.chain': 'bad',
  'tlsFault.unreachable': 'bad',
  'caseSeverity.critical': 'bad',
  'caseSeverity.warning': 'wait',
  'caseSeverity.info': 'neutral',
  'caseState.open': 'wait',
  'caseState.snoozed': 'neutral',
  'caseState.resolved': 'good',
  'stockState.none': 'muted',
  'stockState.waiting': 'wait',
  'stockState.short': 'bad',
  'stockState.locked': 'good',
  'stockState.committed': 'move',
  'stockState.released': 'muted',
  'stockState.returned': 'muted',
  'promiseState.running': 'move',
  'promiseState.breached': 'bad',
  'promiseState.kept': 'good',
  'promiseState.late': 'wait',
  'promiseState.void': 'muted',
  'stockCause.lock': 'move',
  'stockCause.commit': 'good',
  'stockCause.count': 'wait',
  'stockCause.import': 'wait',
  'stockCause.repair': 'bad',
  'stockCause.release': 'muted',
  'stockCause.unreserve': 'muted',
  'holdState.held': 'move',
  'holdState.released': 'muted',
  'holdState.committed': 'good',
  'holdWhy.alive': 'good',
  'holdWhy.order_waiting': 'wait',
  'holdWhy.silent': 'wait',
  'holdWhy.order_unknown': 'wait',
  'holdWhy.order_over': 'bad',
  'holdWhy.goods_left': 'bad',
  'unlockState.waiting': 'wait',
  'unlockState.approved': 'good',
  'unlockState.rejected': 'bad',
  'unlockState.withdrawn': 'muted',
  'unlockState.moot': 'muted',
  'unlockWarning.order_alive': 'wait',
  'unlockWarning.promise_breached': 'bad',
  'unlockWarning.promise_close': 'bad',
  'unlockWarning.waybill_printed': 'bad',
  'unlockWarning.renewed': 'wait',
  'unlockWarning.order_unknown': 'neutral',
  'ruleState.draft': 'neutral',
  'ruleState.checked': 'move',
  'ruleState.gray': 'wait',
  'ruleState.live': 'good',
  'ruleState.retired': 'muted',
  'ruleOutcome.decided': 'good',
  'ruleOutcome.review': 'wait',
  'ruleArm.live': 'good',
  'ruleArm.gray': 'wait',
  'guardVerdict.watching': 'move',
  'guardVerdict.healthy': 'good',
  'guardVerdict.broken': 'bad',
  'dryRunState.queued': 'neutral',
  'dryRunState.running': 'move',
  'dryRunState.done': 'good',
  'dryRunState.failed': 'bad',
  'dryRunState.stopped': 'muted',
}

export function toneOf(family: WordFamily, code: string): Tone {
  return TONES[`${family}.${code}`] ?? 'neutral'
}

/** The hub's word for a code, in the tone that the code wants. */
export function CodeTag({
  family,
  code,
  dot = false,
}: {
  readonly family: WordFamily
  readonly code: string
  readonly dot?: boolean
}) {
  const { word } = useWording()
  return (
    <Tag tone={toneOf(family, code)} dot={dot}>
      {word(family, code)}
    </Tag>
  )
}
