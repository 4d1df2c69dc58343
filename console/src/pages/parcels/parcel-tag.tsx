import type { ParcelFinding, ParcelRow, ParcelState, SubscriptionState } from '#/api/parcel-types.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'

const STATE_TONES: Readonly<Record<ParcelState, Tone>> = {
  info_received: 'neutral',
  picked_up: 'move',
  in_transit: 'move',
  out_for_delivery: 'move',
  ready_for_pickup: 'wait',
  delivery_failed: 'bad',
  exception: 'bad',
  delivered: 'good',
  returning: 'wait',
  returned: 'muted',
  cancelled: 'muted',
}

export function ParcelStateTag({ state }: { readonly state: ParcelState }) {
  const { t } = useWording()
  return (
    <Tag tone={STATE_TONES[state]} dot>
      {t(`parcels.state.${state}`)}
    </Tag>
  )
}

const GRAVE: ReadonlySet<ParcelFinding> = new Set(['disputed', 'customs', 'wrong_way', 'delivery_failed'])

export function FindingTag({ finding }: { readonly finding: ParcelRow['finding'] }) {
  const { t } = useWording()
  if (finding === null) return null
  const title = whyText(t, finding.why)
  return (
    <span className="hf-tags">
      <Tag
        tone={finding.answered ? 'muted' : GRAVE.has(finding.kind) ? 'bad' : 'wait'}
        {...(title ? { title } : {})}
      >
        {t(`parcels.find.${finding.kind}`)}
      </Tag>
      {finding.answered ? <span className="hf-faint">{t('parcels.answered')}</span> : null}
    </span>
  )
}

const WHY = ['revoked', 'buyer', 'refund_asked', 'silent'] as const

/** The hub's own words for why, or the carrier's as they came. */
export function whyText(t: Wording['t'], why: string): string {
  const known = WHY.find((one) => one === why)
  if (known !== undefined) return t(`parcels.why.${known}`)
  return /^(?:\d+|returning|returned)$/.test(why) ? '' : why
}

const SUBSCRIPTION_TONES: Readonly<Record<SubscriptionState, Tone>> = {
  wanted: 'move',
  subscribed: 'good',
  account: 'good',
  refused: 'bad',
  none: 'wait',
  ended: 'muted',
}

export function SubscriptionTag({ state }: { readonly state: SubscriptionState }) {
  const { t } = useWording()
  return (
    <Tag tone={SUBSCRIPTION_TONES[state]} dot>
      {t(`parcels.sub.${state}`)}
    </Tag>
  )
}

const BECAUSE = [
  'route',
  'waybill',
  'own',
  'aggregator',
  'expired',
  'silent',
  'by_person',
  'next',
  'again',
] as const

export function becauseText(t: Wording['t'], because: string): string {
  const known = BECAUSE.find((one) => one === because)
  return known === undefined ? because : t(`parcels.sub.because.${known}`)
}
