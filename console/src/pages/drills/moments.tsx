import type { DrillMoment, MomentKind } from '#/api/drill-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { epochMs } from '#/lib/time.ts'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'

export const MOMENT_TONE: Readonly<Record<MomentKind, Tone>> = {
  fault: 'bad',
  alarm: 'wait',
  noticed: 'move',
  hint: 'neutral',
  answer: 'move',
  action: 'move',
  goal: 'good',
  hurt: 'bad',
  end: 'muted',
}

/** What happened, newest first while it goes on; `oldestFirst` for reading it afterwards. */
export function Moments({
  moments,
  oldestFirst = false,
}: {
  readonly moments: readonly DrillMoment[]
  readonly oldestFirst?: boolean
}) {
  const { t, pick } = useWording()
  const inOrder = moments
    .map((moment, at) => ({ moment, key: `${at} ${moment.at}` }))
    .sort((a, b) => epochMs(a.moment.at) - epochMs(b.moment.at))
  if (!oldestFirst) inOrder.reverse()
  return (
    <ol className="hf-drill-moments">
      {inOrder.map(({ moment, key }) => (
        <li key={key}>
          <time className="hf-num hf-faint" dateTime={moment.at}>
            {moment.at.slice(11, 19)}
          </time>
          <Tag tone={MOMENT_TONE[moment.kind]}>{t(`drills.moment.${moment.kind}`)}</Tag>
          <span>{pick(moment.words)}</span>
        </li>
      ))}
    </ol>
  )
}
