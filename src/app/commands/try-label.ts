import { tryLabel } from '#features/labels/try-label.ts'
import type { TryAnswer, TryLine } from './try-line.ts'

/** `holdfast try label`: what keeps a label from being printed, and the page itself where it is wanted. */
export async function tryLabelLine({ id, fields }: TryLine): Promise<TryAnswer> {
  const tried = await tryLabel(fields)
  return tried === null
    ? { id, error: { code: 'try.unknown_kind', detail: 'this size or template is not known' } }
    : { id, ...tried }
}
