import type { CallbackStep } from '#/api/callback-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { clockTime, epochMs, nowMs } from '#/lib/time.ts'
import { rateText } from './figures.ts'

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
const DAYS = [1, 2, 3, 4, 5, 6, 7] as const

/** The learned rhythm: seven days of 24 hours, darker where more comes. */
export function RhythmMap({ rhythm }: { readonly rhythm: readonly number[] }) {
  const { t } = useWording()
  const most = Math.max(...rhythm, 1e-9)
  return (
    <table className="hf-rhythm">
      <caption className="hf-hidden">{t('callbacks.rhythm')}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="hf-hidden">{t('callbacks.day')}</span>
          </th>
          {HOURS.map((hour) => (
            <th key={hour} scope="col" className="hf-num">
              {hour % 3 === 0 ? hour : <span className="hf-hidden">{hour}</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {DAYS.map((day) => (
          <tr key={day}>
            <th scope="row">{t(`callbacks.day.${day}`)}</th>
            {HOURS.map((hour) => {
              const rate = rhythm[(day - 1) * 24 + hour] ?? 0
              const label = t('callbacks.rhythmCell', {
                day: t(`callbacks.day.${day}`),
                hour: String(hour).padStart(2, '0'),
                rate: rateText(rate),
              })
              return (
                <td key={hour} title={label}>
                  <i style={{ opacity: rate === 0 ? 0 : 0.08 + 0.92 * (rate / most) }} />
                  <span className="hf-hidden">{rateText(rate)}</span>
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const STEP_MS = 300_000
const STEPS = 288
const HEIGHT = 96
const MARKS = [0, 72, 144, 216] as const

/** The last 24 hours in five-minute bars: taken in above, refused or put off on top of it in the colour of trouble. */
export function DayChart({ steps }: { readonly steps: readonly CallbackStep[] }) {
  const { t, count } = useWording()
  const last = Math.floor(nowMs() / STEP_MS) * STEP_MS
  const byIndex = new Map(
    steps.map((step) => [STEPS - 1 - Math.round((last - epochMs(step.at)) / STEP_MS), step]),
  )
  const total = (step: CallbackStep): number =>
    step.accepted + step.duplicate + step.rejected + step.unavailable
  const most = Math.max(1, ...steps.map(total))
  const taken = steps.reduce((sum, step) => sum + step.accepted + step.duplicate, 0)
  const refused = steps.reduce((sum, step) => sum + step.rejected + step.unavailable, 0)
  return (
    <figure className="hf-day-chart">
      <svg
        viewBox={`0 0 ${STEPS * 2} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t('callbacks.dayChart', { taken: count(taken), refused: count(refused) })}
      >
        {[...byIndex].map(([index, step]) => {
          const good = ((step.accepted + step.duplicate) / most) * (HEIGHT - 2)
          const bad = ((step.rejected + step.unavailable) / most) * (HEIGHT - 2)
          return (
            <g key={step.at}>
              <title>{`${clockTime(step.at)}  ${t('callbacks.dayStep', { taken: step.accepted + step.duplicate, refused: step.rejected + step.unavailable })}`}</title>
              <rect className="hf-bar-good" x={index * 2} width={1.7} y={HEIGHT - good} height={good} />
              <rect className="hf-bar-bad" x={index * 2} width={1.7} y={HEIGHT - good - bad} height={bad} />
            </g>
          )
        })}
      </svg>
      <figcaption className="hf-faint hf-num">
        {MARKS.map((mark) => (
          <span key={mark}>{t('callbacks.hoursAgo', { n: (STEPS - mark) / 12 })}</span>
        ))}
        <span>{t('callbacks.now')}</span>
      </figcaption>
    </figure>
  )
}
