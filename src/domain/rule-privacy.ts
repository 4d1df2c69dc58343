import type { RuleInput, RuleValue } from './rulebook.ts'

// A remark is written by people for people: names, addresses and telephone numbers stand in it. Rules may read it; what is kept of a
// decision may not, since it outlives the order's own erasure and is read by more people than the order is.

/** Variables whose text somebody wrote freely. */
const WRITTEN_BY_PEOPLE = ['buyer_note', 'seller_note'] as const
/** A shorter remark names nobody, and would be found in texts that have nothing to do with it. */
const TELLING_FROM = 4

/** What stands in place of a remark that is not kept. */
export function withheld(text: string): string {
  return `[${[...text].length} 字，见订单备注]`
}

/** An input as it may be kept and shown: remarks left out, everything else as it was. The same object where there is none. */
export function withoutNotes(input: RuleInput): RuleInput {
  const notes = notesIn(input)
  if (notes.length === 0) return input
  const values = { ...input.values }
  for (const { name, text } of notes) values[name] = withheld(text)
  return { ...input, values }
}

/** Takes a remark out of JSON that was worked out from it: a rule may have copied it into an action or a result. */
export function notesHider(input: RuleInput): (json: string) => string {
  const notes = notesIn(input).filter(({ text }) => [...text].length >= TELLING_FROM)
  if (notes.length === 0) return (json) => json
  const written = notes.map(({ text }) => ({ is: inJson(text), by: inJson(withheld(text)) }))
  return (json) => written.reduce((hidden, { is, by }) => hidden.replaceAll(is, () => by), json)
}

function notesIn({ values }: RuleInput): { name: string; text: string }[] {
  return WRITTEN_BY_PEOPLE.flatMap((name) => {
    const value: RuleValue | undefined = Object.hasOwn(values, name) ? values[name] : undefined
    return typeof value === 'string' && value !== '' ? [{ name, text: value }] : []
  })
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
