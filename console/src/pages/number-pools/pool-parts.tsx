import type { NumberApplication, NumberPool } from '#/api/number-pool-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { shortTime } from '#/lib/time.ts'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'

export const poolQueryKey = 'number-pools'

const STANDING: Readonly<Record<NumberPool['standing'], Tone>> = {
  unknown: 'muted',
  unlimited: 'good',
  fine: 'good',
  low: 'wait',
  empty: 'bad',
}

export function StandingTag({ pool }: { readonly pool: NumberPool }) {
  const { t } = useWording()
  return (
    <Tag
      tone={STANDING[pool.standing]}
      dot
      title={t('numberPools.threshold', { numbers: pool.threshold, hours: pool.thresholdHours })}
    >
      {t(`numberPools.standing.${pool.standing}`)}
    </Tag>
  )
}

/** What is left, and for a balance how old the carrier's own word is. */
export function LeftText({ pool }: { readonly pool: NumberPool }) {
  const { t } = useWording()
  if (pool.left === null)
    return (
      <span className="hf-faint" title={pool.standing === 'unknown' ? t('numberPools.neverTold') : undefined}>
        {t(`numberPools.standing.${pool.standing}`)}
      </span>
    )
  const told =
    pool.balanceAt === null || pool.balance === null
      ? undefined
      : t('numberPools.reckoned', { at: shortTime(pool.balanceAt, ''), balance: pool.balance })
  return (
    <b className="hf-num" title={told}>
      {pool.left.toLocaleString('en-US')}
    </b>
  )
}

const APPLICATION: Readonly<Record<string, Tone>> = {
  open: 'wait',
  sending: 'move',
  taken: 'move',
  refused: 'bad',
  filled: 'good',
  closed: 'muted',
}

export function ApplicationTag({ state }: { readonly state: string }) {
  const { t } = useWording()
  const known = state as NumberApplication['state']
  return <Tag tone={APPLICATION[state] ?? 'muted'}>{t(`numberPools.appState.${known}`)}</Tag>
}
