import type { CallBudget, OutwardMinute, WayOut } from '#/api/outward-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { epochMs, nowMs } from '#/lib/time.ts'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'
import { useOutwardWord } from './use-outward.ts'

const MINUTES = 30
const MINUTE_MS = 60_000
const STATE_TONES: Readonly<Record<string, Tone>> = {
  closed: 'good',
  open: 'bad',
  half_open: 'wait',
  forced_open: 'bad',
  forced_closed: 'wait',
  paused: 'muted',
}

export function shownState(way: WayOut): string {
  if (way.paused) return 'paused'
  return way.forced === null ? way.state : `forced_${way.forced.state}`
}

export function BreakerTag({ way }: { readonly way: WayOut }) {
  const word = useOutwardWord()
  const state = shownState(way)
  return (
    <Tag tone={STATE_TONES[state] ?? 'neutral'} dot>
      {word('state', state)}
    </Tag>
  )
}

/** What a person asks next of a breaker that is not closed: until when, or how the probes go. */
export function StateHint({ way }: { readonly way: WayOut }) {
  const { t, ago } = useWording()
  if (way.paused) return null
  if (way.forced !== null) return <span className="hf-faint">{ago(way.forced.until)}</span>
  if (way.state === 'half_open')
    return (
      <span className="hf-faint hf-num">{t('outward.probes', { ok: way.probes.ok, of: way.probes.of })}</span>
    )
  if (way.state === 'open' && way.probeAt !== null)
    return <span className="hf-faint">{t('outward.nextProbe', { t: ago(way.probeAt) })}</span>
  return null
}

/** A bar a minute: its height the calls, its red part the errors. */
export function MinuteSpark({ minutes }: { readonly minutes: readonly OutwardMinute[] }) {
  const { t } = useWording()
  const last = Math.floor(nowMs() / MINUTE_MS)
  const slots = Array.from({ length: MINUTES }, (_, i) => {
    const at = last - MINUTES + 1 + i
    const found = minutes.find((minute) => Math.floor(epochMs(minute.at) / MINUTE_MS) === at)
    return { at, calls: found?.calls ?? 0, errors: found?.errors ?? 0 }
  })
  const most = Math.max(1, ...slots.map(({ calls }) => calls))
  const sum = (of: 'calls' | 'errors') => slots.reduce((all, slot) => all + slot[of], 0)
  if (sum('calls') === 0) return <span className="hf-faint">{t('outward.noCalls')}</span>
  const words = t('outward.minutes', { calls: sum('calls'), errors: sum('errors') })
  return (
    <span className="hf-ow-minutes" role="img" aria-label={words} title={words}>
      {slots.map(({ at, calls, errors }) => (
        <i key={at} style={{ height: `${calls === 0 ? 4 : Math.max(14, (calls / most) * 100)}%` }}>
          {errors > 0 ? <b style={{ height: `${Math.max(12, (errors / calls) * 100)}%` }} /> : null}
        </i>
      ))}
    </span>
  )
}

/** Tokens that are free now, and whether the platform has slowed the account down. */
export function BudgetBar({ budget }: { readonly budget: CallBudget | undefined }) {
  const { t, ago, count } = useWording()
  if (budget === undefined) return null
  const { available, burst, perSecond, factor, blockedUntil } = budget
  const share = Math.min(1, available / Math.max(1, burst))
  const tone = blockedUntil !== null ? 'bad' : factor < 1 ? 'wait' : 'good'
  const words =
    blockedUntil !== null
      ? t('outward.blocked', { t: ago(blockedUntil) })
      : t('outward.budgetLine', {
          available: count(available),
          burst: count(burst),
          rate: rateText(perSecond),
        })
  return (
    <span className="hf-ow-budget" title={words}>
      <span className={`hf-ow-budget-bar hf-ow-budget-${tone}`} aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </span>
      <span className="hf-num hf-ow-budget-text">
        {factor < 1 ? (
          <span className="hf-text-wait">{t('outward.factor', { percent: Math.round(factor * 100) })}</span>
        ) : (
          `${rateText(perSecond)}/s`
        )}
      </span>
    </span>
  )
}

/** At most three digits after the point, none where they are zero. */
export function rateText(perSecond: number): string {
  return String(Math.round(perSecond * 1_000) / 1_000)
}
