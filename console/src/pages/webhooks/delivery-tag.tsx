import type { DeliveryState } from '#/api/webhook-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'

const TONE: Readonly<Record<DeliveryState, Tone>> = { pending: 'move', done: 'good', failed: 'bad' }

export function DeliveryTag({ state }: { readonly state: DeliveryState }) {
  const { t } = useWording()
  return (
    <Tag tone={TONE[state]} dot>
      {t(`webhooks.view.${state}`)}
    </Tag>
  )
}
