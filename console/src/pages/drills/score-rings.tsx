import type { Drill } from '#/api/drill-types.ts'
import { useWording } from '#/i18n/language.tsx'
import type { Tone } from '#/theme/palette.ts'

/** The score and what made it, a ring each: full is best. */
export function ScoreRings({ drill }: { readonly drill: Drill }) {
  const { t, count } = useWording()
  const { points, toNotice, toFind, toFix, ordersHurt, minutes } = drill
  const time = (name: string, value: number | null) => ({
    name,
    value: value === null ? t('drills.never') : t('drills.min', { n: Math.round(value) }),
    share: value === null ? 0 : Math.max(0.03, 1 - value / minutes),
  })
  const hurt = ordersHurt ?? 0
  const rings = [
    time(t('drills.toNotice'), toNotice),
    time(t('drills.toFind'), toFind),
    time(t('drills.toFix'), toFix),
    // Each ten orders take half of what is left.
    { name: t('drills.ordersHurt'), value: count(hurt), share: 0.5 ** (hurt / 10) },
  ]
  return (
    <section className="hf-section hf-drill-rings" aria-label={t('drills.points')}>
      <Ring
        name={t('drills.points')}
        value={String(points ?? 0)}
        share={(points ?? 0) / 100}
        size={132}
        note={t('drills.lost', { hints: drill.hintsOpened, wrong: drill.wrongAnswers })}
      />
      {rings.map((ring) => (
        <Ring key={ring.name} {...ring} size={96} />
      ))}
    </section>
  )
}

function toneOfShare(share: number): Tone {
  return share >= 0.7 ? 'good' : share >= 0.4 ? 'wait' : 'bad'
}

function Ring({
  name,
  value,
  share,
  size,
  note,
}: {
  readonly name: string
  readonly value: string
  readonly share: number
  readonly size: number
  readonly note?: string
}) {
  const radius = 42
  const round = 2 * Math.PI * radius
  const part = Math.min(1, Math.max(0, share))
  return (
    <figure className="hf-drill-ring">
      <div style={{ width: size, height: size }}>
        <svg viewBox="0 0 100 100" aria-hidden="true">
          <circle cx="50" cy="50" r={radius} fill="none" stroke="var(--hf-line-soft)" strokeWidth="8" />
          {part > 0 ? (
            <circle
              cx="50"
              cy="50"
              r={radius}
              fill="none"
              stroke={`var(--hf-${toneOfShare(part)}-mark)`}
              strokeWidth="8"
              strokeLinecap="round"
              strokeDasharray={`${round * part} ${round}`}
              transform="rotate(-90 50 50)"
            />
          ) : null}
        </svg>
        <b className="hf-num" style={{ fontSize: size > 100 ? 34 : 17 }}>
          {value}
        </b>
      </div>
      <figcaption>
        {name}
        {note ? <span className="hf-faint">{note}</span> : null}
      </figcaption>
    </figure>
  )
}
