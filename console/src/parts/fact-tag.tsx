import { useWording } from '#/i18n/language.tsx'
import type { Tone } from '#/theme/palette.ts'
import { Tag } from './tag.tsx'

/** Facts of the same part of an order's life share a tone, so that a wrong neighbour in the table stands out. */
const TONES: Readonly<Record<string, Tone>> = {
  waybill_issued: 'wait',
  part_dispatched: 'move',
  dispatched: 'move',
  shipment_reported: 'move',
  picked_up: 'move',
  in_transit: 'move',
  out_for_delivery: 'move',
  ready_for_pickup: 'move',
  delivered: 'good',
  completed: 'good',
  held: 'bad',
  delivery_failed: 'bad',
  exception: 'bad',
  delivery_revoked: 'bad',
  returning: 'bad',
  cancelled: 'bad',
  none: 'muted',
}

export function FactTag({ fact, faint = false }: { readonly fact: string; readonly faint?: boolean }) {
  const { word } = useWording()
  return (
    <Tag tone={faint ? 'muted' : (TONES[fact] ?? 'neutral')} title={word('factHint', fact)}>
      {word('fact', fact)}
    </Tag>
  )
}
