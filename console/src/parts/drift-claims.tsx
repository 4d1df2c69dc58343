import type { Drift, DriftClaim } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { epochMs, nowMs } from '#/lib/time.ts'
import { Tag } from './tag.tsx'
import { TimeText } from './time-text.tsx'

/** What a source says is the code of a fact or the value itself (a number, a time). */
export function useClaimWords(): (claim: DriftClaim) => string {
  const { word } = useWording()
  return (claim) => word('fact', claim.says)
}

/** One disagreement of an order, each side's words beside the other's. */
export function DriftClaims({ drift }: { readonly drift: Drift }) {
  const { t, word, duration } = useWording()
  const words = useClaimWords()
  const seconds = drift.since
    ? ((drift.until ? epochMs(drift.until) : nowMs()) - epochMs(drift.since)) / 1000
    : null
  return (
    <div className="hf-drift">
      <div className="hf-drift-head">
        <b>{word('driftField', drift.field)}</b>
        <Tag tone={drift.until ? 'muted' : 'bad'}>{t(drift.until ? 'drift.closed' : 'drift.open')}</Tag>
        <span className="hf-faint">
          {t('drift.col.cause')} {word('cause', drift.cause)}
          {seconds === null ? '' : ` · ${t('drift.col.duration')} ${duration(seconds)}`}
        </span>
      </div>
      <ul className="hf-claims">
        {drift.claims.map((claim, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: claims have no identity of their own and never move
          <li key={index}>
            <span className="hf-faint">{t('drift.says', { source: claim.source })}</span>{' '}
            <b>{words(claim)}</b> <TimeText at={claim.at} />
          </li>
        ))}
      </ul>
    </div>
  )
}
