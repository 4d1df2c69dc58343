import type { PlanState } from '#/api/fulfilment-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'

const TONE: Readonly<Record<PlanState, Tone>> = {
  held: 'bad',
  review: 'bad',
  unmatched: 'bad',
  short: 'wait',
  planned: 'neutral',
  locked: 'good',
  left: 'move',
  ended: 'muted',
}

export function PlanTag({ state }: { readonly state: PlanState }) {
  const { t } = useWording()
  return (
    <Tag tone={TONE[state]} dot>
      {t(`fulfilment.state.${state}`)}
    </Tag>
  )
}
