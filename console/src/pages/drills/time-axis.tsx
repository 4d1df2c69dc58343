import { Tooltip } from 'antd'
import type { Drill, DrillMoment, MomentKind } from '#/api/drill-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { minutesBetween } from './clock.ts'
import { MOMENT_TONE } from './moments.tsx'

const ROWS = [
  ['fault', ['fault']],
  ['alarm', ['alarm']],
  ['you', ['noticed', 'hint', 'answer', 'action']],
  ['goal', ['goal']],
  ['hurt', ['hurt']],
] as const satisfies readonly (readonly [string, readonly MomentKind[]])[]

/** The drill on one axis of minutes after the fault: a row a kind of moment, and lines where it was noticed, found and mended. */
export function TimeAxis({ drill }: { readonly drill: Drill }) {
  const { t } = useWording()
  const zero = drill.faultAt ?? drill.timeline[0]?.at
  if (zero === undefined) return null
  const minuteOf = (at: string): number => minutesBetween(zero, at)
  const all = drill.timeline.map(({ at }) => minuteOf(at))
  const first = Math.min(0, ...all)
  const last = Math.max(1, ...all)
  const span = last - first
  const place = (minute: number): string => `${(((minute - first) / span) * 100).toFixed(2)}%`
  const lines = [
    [0, t('drills.axis.zero'), 'bad'],
    [drill.toNotice, t('drills.axis.noticed'), 'move'],
    [drill.toFind, t('drills.axis.found'), 'move'],
    [drill.toFix, t('drills.axis.fixed'), 'good'],
  ] as const
  const marks = lines.flatMap(([minute, name, tone]) => (minute === null ? [] : [{ minute, name, tone }]))
  return (
    <div className="hf-drill-axis">
      <div className="hf-drill-axis-heads">
        {marks.map(({ minute, name, tone }, row) => (
          <span
            key={name}
            className={`hf-drill-axis-head ${(minute - first) / span > 0.8 ? 'hf-drill-axis-left' : ''}`}
            style={{ left: place(minute), top: row * 20 }}
          >
            <b className={`hf-text-${tone}`}>{name}</b>{' '}
            <span className="hf-num hf-faint">{t('drills.min', { n: Math.round(minute) })}</span>
          </span>
        ))}
      </div>
      <div className="hf-drill-axis-body">
        {marks.map(({ minute, name, tone }, row) => (
          <i
            key={name}
            className="hf-drill-axis-line"
            style={{
              left: place(minute),
              top: row * 20 - 76,
              borderColor: `var(--hf-${tone}-mark)`,
            }}
          />
        ))}
        {ROWS.map(([row, kinds]) => (
          <div key={row} className="hf-drill-axis-row">
            <span className="hf-faint">{t(`drills.axis.${row}`)}</span>
            <Dots
              moments={drill.timeline.filter(({ kind }) => (kinds as readonly string[]).includes(kind))}
              place={(at) => place(minuteOf(at))}
              minuteOf={minuteOf}
            />
          </div>
        ))}
        <div className="hf-drill-axis-scale">
          {ticksOf(first, last).map((minute) => (
            <span key={minute} className="hf-num hf-faint" style={{ left: place(minute) }}>
              {minute}
            </span>
          ))}
        </div>
      </div>
    </div>
  )
}

function Dots({
  moments,
  place,
  minuteOf,
}: {
  readonly moments: readonly DrillMoment[]
  readonly place: (at: string) => string
  readonly minuteOf: (at: string) => number
}) {
  const { t, pick } = useWording()
  return moments.map((moment) => {
    const words = `${t('drills.axis.minute', { n: Math.round(minuteOf(moment.at)) })} · ${pick(moment.words)}`
    return (
      <Tooltip key={`${moment.at} ${moment.kind} ${moment.words.en}`} title={words}>
        <i
          role="img"
          aria-label={words}
          className="hf-drill-dot"
          style={{ left: place(moment.at), background: `var(--hf-${MOMENT_TONE[moment.kind]}-mark)` }}
        />
      </Tooltip>
    )
  })
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1_440]

/** Whole minutes for the scale: eleven at most, the fault's own among them. */
export function ticksOf(first: number, last: number): readonly number[] {
  const step = STEPS.find((one) => (last - first) / one <= 10) ?? Math.ceil((last - first) / 10)
  const ticks: number[] = []
  for (let minute = Math.ceil(first / step) * step; minute <= last; minute += step) ticks.push(minute)
  return ticks
}
